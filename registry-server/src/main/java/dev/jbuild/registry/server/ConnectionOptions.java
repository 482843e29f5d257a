package dev.jbuild.registry.server;

import dev.jbuild.registry.server.netty.ConnectionLimits;
import dev.jbuild.registry.server.yaml.Yaml;
import dev.jbuild.registry.server.yaml.YamlException;
import java.net.InetAddress;
import java.util.Optional;
import java.util.Set;

/// The option `connections` of the configuration file.
final class ConnectionOptions {
    private ConnectionOptions() {}

    /// @param proxies who may have as many as they want
    static ConnectionLimits read(Yaml.Mapping file, Set<InetAddress> proxies) throws YamlException {
        ConnectionLimits known = ConnectionLimits.DEFAULT;
        int most = known.most();
        int perAddress = known.perAddress();
        Optional<Yaml> given = file.get("connections");
        if (given.isPresent()) {
            Yaml.Mapping section = given.get().asMapping("'connections'");
            section.requireOnly(Set.of("most", "per-address"));
            most = number(section, "most", most);
            perAddress = number(section, "per-address", perAddress);
        }
        return new ConnectionLimits(
                most,
                perAddress,
                address -> known.unlimited().test(address) || proxies.contains(address));
    }

    private static int number(Yaml.Mapping section, String option, int otherwise)
            throws YamlException {
        Optional<Yaml> value = section.get(option);
        if (value.isEmpty()) {
            return otherwise;
        }
        String text = value.get().asText("'" + option + "'");
        if (!text.matches("[1-9][0-9]{0,6}")) {
            throw value.get().problem("'" + option + "' is no number from 1 to 9999999");
        }
        return Integer.parseInt(text);
    }
}
