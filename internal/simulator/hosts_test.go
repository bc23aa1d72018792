package simulator_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

func TestAllowHosts(t *testing.T) {
	t.Parallel()
	handler := simulator.AllowHosts(simulator.New(simulator.Config{}), "Sim.example.com.", "192.0.2.8", "2001:db8::8")
	for _, row := range []struct {
		host   string
		status int
	}{
		{"localhost", 200},
		{"LocalHost:8787", 200},
		{"localhost.", 200},
		{"localhost.:80", 200},
		{"127.0.0.1", 200},
		{"127.0.0.1:8787", 200},
		{"127.9.9.9:1", 200},
		{"[::1]", 200},
		{"[::1]:8787", 200},
		{"[::ffff:127.0.0.1]:8787", 200},
		{"192.0.2.7:8787", 200}, // the connection's own address
		{"[::ffff:192.0.2.7]", 200},
		{"sim.example.com", 200},
		{"SIM.example.com:8787", 200},
		{"192.0.2.8", 200},
		{"[2001:db8:0::8]:8787", 200},
		{"192.0.2.9", 421},
		{"0.0.0.0:8787", 421},
		{"[::]:8787", 421},
		{"evil.example", 421},
		{"example.com", 421},
		{"a.sim.example.com", 421},
		{"localhost.evil.example", 421},
		{"127.0.0.1.evil.example:8787", 421},
		{"localhost@evil.example", 400},
		{"", 400},
		{":8787", 400},
		{"localhost:port", 400},
		{"[::1", 400},
		{"localhost/", 400},
		{"local host", 400},
	} {
		for _, path := range []string{"/", "/simulator/v1/sessions", "/idvs/", "/media/a", resultPath} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost"+path, nil)
			r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(&net.TCPAddr{IP: net.ParseIP("192.0.2.7"), Port: 8787})))
			r.Host = row.host
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			refused := w.Code == 400 || w.Code == 421
			if refused != (row.status != 200) || (refused && w.Code != row.status) {
				t.Errorf("%q %s: status %d, want %d", row.host, path, w.Code, row.status)
			}
			if w.Code == 421 && !strings.Contains(w.Body.String(), "-host") {
				t.Errorf("%q: %q does not name the flag", row.host, w.Body)
			}
		}
	}
}
