// pgzip as podman and buildah use it, to compare with: pgzip.go [std] < TAR prints seconds, CPU seconds and size.
//
// Debian: apt-get install golang-go golang-github-klauspost-pgzip-dev, then
// GO111MODULE=off GOPATH=/usr/share/gocode go build -o pgzip bench/pgzip.go
package main

import (
	stdgzip "compress/gzip"
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"
	"time"

	"github.com/klauspost/pgzip"
)

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func main() {
	var out counter
	var gzip io.WriteCloser
	name := "pgzip"
	if len(os.Args) > 1 && os.Args[1] == "std" {
		name = "Go's compress/gzip"
		gzip = stdgzip.NewWriter(&out)
	} else {
		parallel := pgzip.NewWriter(&out)
		check(parallel.SetConcurrency(1<<20, runtime.NumCPU()))
		gzip = parallel
	}
	start := time.Now()
	size, err := io.Copy(gzip, os.Stdin)
	check(err)
	check(gzip.Close())
	wall := time.Since(start).Seconds()
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	cpu := float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
	fmt.Printf("%s: %.2f s, %.2f CPU s, %.1f MB/s, ratio %.4f\n",
		name, wall, cpu, float64(size)/1e6/wall, float64(out)/float64(size))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
