// Wiki serves pages that anyone can view and edit, one text file a page.
//
// It needs the standard library only, and runs in the directory that holds tmpl/ (its templates) and data/ (its pages).
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"html/template"
	"io/ioutil"
	"log"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

const (
	frontPage   = "FrontPage"
	maxPageSize = 1 << 20 // bytes
)

// A page's name is a file name too, so it can hold neither a slash nor a dot.
var pageName = regexp.MustCompile(`^[A-Za-z0-9]{1,64}$`)

type page struct {
	Name string
	Body string
}

type wiki struct {
	data      string
	templates *template.Template
}

func (w *wiki) file(name string) string {
	return filepath.Join(w.data, name+".txt")
}

func (w *wiki) load(name string) (page, error) {
	body, err := ioutil.ReadFile(w.file(name))
	return page{name, string(body)}, err
}

// save replaces a page as a whole: a reader sees the old text or the new one.
func (w *wiki) save(p page) error {
	temporary, err := ioutil.TempFile(w.data, ".save")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.WriteString(p.Body)
	if err == nil {
		err = temporary.Sync()
	}
	if closing := temporary.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	return os.Rename(temporary.Name(), w.file(p.Name))
}

func (w *wiki) render(out http.ResponseWriter, name string, p page) {
	var html bytes.Buffer
	if err := w.templates.ExecuteTemplate(&html, name, p); err != nil {
		w.fail(out, err)
		return
	}
	out.Header().Set("Content-Type", "text/html; charset=utf-8")
	if _, err := html.WriteTo(out); err != nil {
		log.Printf("%s: %v", name, err)
	}
}

// fail tells the log what happened and the reader only that it did.
func (w *wiki) fail(out http.ResponseWriter, err error) {
	log.Print(err)
	http.Error(out, "the wiki could not do this; its log says why", http.StatusInternalServerError)
}

func (w *wiki) view(out http.ResponseWriter, in *http.Request, name string) {
	p, err := w.load(name)
	switch {
	case os.IsNotExist(err) && name != frontPage:
		http.Redirect(out, in, "/edit/"+name, http.StatusFound)
	case os.IsNotExist(err):
		w.render(out, "view.html", page{name, "Welcome. Nobody has written here yet."})
	case err != nil:
		w.fail(out, err)
	default:
		w.render(out, "view.html", p)
	}
}

func (w *wiki) edit(out http.ResponseWriter, in *http.Request, name string) {
	p, err := w.load(name)
	if err != nil && !os.IsNotExist(err) {
		w.fail(out, err)
		return
	}
	w.render(out, "edit.html", p)
}

func (w *wiki) store(out http.ResponseWriter, in *http.Request, name string) {
	if in.Method != http.MethodPost {
		out.Header().Set("Allow", http.MethodPost)
		http.Error(out, "a page is saved with POST", http.StatusMethodNotAllowed)
		return
	}
	if !fromHere(in) {
		http.Error(out, "a page is saved from this wiki's own form only", http.StatusForbidden)
		return
	}
	in.Body = http.MaxBytesReader(out, in.Body, maxPageSize)
	if err := in.ParseForm(); err != nil {
		http.Error(out, fmt.Sprintf("the form can't be read, or is larger than %d bytes", maxPageSize), http.StatusBadRequest)
		return
	}
	if err := w.save(page{name, strings.Replace(in.PostForm.Get("body"), "\r\n", "\n", -1)}); err != nil {
		w.fail(out, err)
		return
	}
	http.Redirect(out, in, "/view/"+name, http.StatusSeeOther)
}

// fromHere tells whether no other site made the browser send this request. Clients that are no browsers send no Origin.
func fromHere(in *http.Request) bool {
	origin := in.Header.Get("Origin")
	if origin == "" {
		return true
	}
	parsed, err := url.Parse(origin)
	return err == nil && parsed.Host == in.Host
}

// named gives a handler the page's name, which is what follows prefix.
func named(prefix string, handle func(http.ResponseWriter, *http.Request, string)) http.HandlerFunc {
	return func(out http.ResponseWriter, in *http.Request) {
		name := strings.TrimPrefix(in.URL.Path, prefix)
		if !pageName.MatchString(name) {
			http.NotFound(out, in)
			return
		}
		handle(out, in, name)
	}
}

func (w *wiki) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/view/", named("/view/", w.view))
	mux.HandleFunc("/edit/", named("/edit/", w.edit))
	mux.HandleFunc("/save/", named("/save/", w.store))
	mux.HandleFunc("/", func(out http.ResponseWriter, in *http.Request) {
		if in.URL.Path != "/" {
			http.NotFound(out, in)
			return
		}
		http.Redirect(out, in, "/view/"+frontPage, http.StatusFound)
	})
	return mux
}

func main() {
	listen := flag.String("listen", ":8080", "address to listen on")
	data := flag.String("data", "data", "directory of the pages")
	tmpl := flag.String("tmpl", "tmpl", "directory of the templates")
	flag.Parse()

	w := &wiki{*data, template.Must(template.ParseGlob(filepath.Join(*tmpl, "*.html")))}
	server := &http.Server{
		Addr:              *listen,
		Handler:           w.routes(),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second,
	}
	ended := make(chan struct{})
	go func() {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
		<-signals
		within, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := server.Shutdown(within); err != nil {
			log.Print(err)
		}
		close(ended)
	}()
	log.Printf("wiki listens on %s", *listen)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
	<-ended
}
