package simulator

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// AllowHosts returns a handler that passes on only requests whose Host is
// localhost, a loopback address, the address that the connection was made to,
// or one of names. Ports are not compared. A missing or malformed Host gets 400,
// any other 421.
//
// This keeps out the pages of a foreign host name that was made to resolve to
// this machine (DNS rebinding): for the browser the simulator would be of their
// own origin.
func AllowHosts(next http.Handler, names ...string) http.Handler {
	allowed := map[string]bool{"localhost": true}
	for _, name := range names {
		allowed[canonicalHost(name)] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := hostname(r.Host)
		switch {
		case !ok:
			http.Error(w, "The request has no valid Host.", http.StatusBadRequest)
		case allowed[canonicalHost(name)] || isLocal(name, r):
			next.ServeHTTP(w, r)
		default:
			http.Error(w, fmt.Sprintf("The simulator does not serve the host %q; start it with -host %[1]s to allow that.", name), http.StatusMisdirectedRequest)
		}
	})
}

// hostname returns a Host without its port and brackets. It fails for one that
// is empty or malformed.
func hostname(host string) (string, bool) {
	parsed, err := url.Parse("//" + host)
	if err != nil || parsed.Host != host || parsed.Hostname() == "" {
		return "", false
	}
	return parsed.Hostname(), true
}

// canonicalHost returns the one spelling of a name or an address.
func canonicalHost(name string) string {
	if address, err := netip.ParseAddr(name); err == nil {
		return address.Unmap().String()
	}
	return strings.TrimSuffix(strings.ToLower(name), ".")
}

// isLocal reports whether a Host is a loopback address, or the address that the
// request's connection was made to. No page can take an address for its own.
func isLocal(name string, r *http.Request) bool {
	address, err := netip.ParseAddr(name)
	if err != nil {
		return false
	}
	if address.Unmap().IsLoopback() {
		return true
	}
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return false
	}
	at, err := netip.ParseAddrPort(local.String())
	return err == nil && at.Addr().Unmap() == address.Unmap()
}
