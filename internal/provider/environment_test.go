package provider_test

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// ADVANCE_AUDIT_LOG names the audit log where the block does not.
func TestEnvironment_auditLog(t *testing.T) {
	fromEnvironment, fromBlock := filepath.Join(t.TempDir(), "environment.jsonl"), filepath.Join(t.TempDir(), "block.jsonl")
	t.Setenv("ADVANCE_AUDIT_LOG", fromEnvironment)
	for _, test := range []struct {
		name  string
		block prototest.Object
		log   string
	}{
		{"no audit_log", nil, fromEnvironment},
		{"audit_log", prototest.Object{"audit_log": fromBlock}, fromBlock},
	} {
		t.Run(test.name, func(t *testing.T) {
			sim := simulator.New(simulator.Config{})
			r := prototest.Configured(t, sim.Transport(), test.block).NewResource(typeName)
			if diags := r.Configure(t.Context(), session); len(diags) > 0 {
				t.Fatal(diags)
			}
			if id := fmt.Sprint(r.Values()["signature_id"]); !sessionsInLog(t, test.log)[id] {
				t.Errorf("session %s is not in %s", id, test.log)
			}
		})
	}
}

// TF_APPEND_USER_AGENT is added to the User-Agent of every call.
func TestEnvironment_appendUserAgent(t *testing.T) {
	t.Setenv("TF_APPEND_USER_AGENT", "pipeline/7")
	sent := &requests{next: simulator.New(simulator.Config{}).Transport()}
	r := prototest.Configured(t, sent, nil).NewResource(typeName)
	if diags := r.Configure(t.Context(), session); len(diags) > 0 {
		t.Fatal(diags)
	}
	for _, req := range sent.seen {
		if !strings.HasSuffix(req.UserAgent(), " pipeline/7") {
			t.Errorf("%s: User-Agent is %q, want it to end in pipeline/7", req.URL.Path, req.UserAgent())
		}
	}
}

// newTLSSimulator starts a simulator with https. It returns its address and a
// file with its certificate, which is valid for example.com too.
func newTLSSimulator(t *testing.T) (address, certificate string) {
	t.Helper()
	server := httptest.NewUnstartedServer(simulator.New(simulator.Config{}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // Refused certificates are expected.
	server.StartTLS()
	t.Cleanup(server.Close)
	certificate = filepath.Join(t.TempDir(), "ca.pem")
	content := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(certificate, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return server.Listener.Addr().String(), certificate
}

// newHTTPSTerraform returns a configuration of a session at an https endpoint.
// The provider's own process reads the variables that these tests set: Go reads
// them once.
func newHTTPSTerraform(t *testing.T, endpoint string, maxRetries int) *acctest.Terraform {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("SSL_CERT_FILE is for Linux")
	}
	return acctest.NewTerraform(t, fmt.Sprintf("provider \"advance\" {\n  endpoint    = %q\n  access_key  = %q\n  secret_key  = %q\n  max_retries = %d\n}\n",
		endpoint, simulator.DefaultAccessKey, simulator.DefaultSecretKey, maxRetries)+sessionHCL("test", ""))
}

// A certificate is trusted when SSL_CERT_FILE names it, and only then.
func TestAccProvider_certificateFile(t *testing.T) {
	t.Parallel()
	address, certificate := newTLSSimulator(t)
	tf := newHTTPSTerraform(t, "https://"+address, 0)
	const untrusted = "certificate is not trusted by this system"
	if output, exit := tf.Try("apply", "-auto-approve"); exit != 1 || !strings.Contains(acctest.Unwrapped(output), untrusted) {
		t.Errorf("without SSL_CERT_FILE: exit code %d, want 1 and %q in:\n%s", exit, untrusted, output)
	}
	tf.Setenv("SSL_CERT_FILE", certificate)
	tf.Run("apply", "-auto-approve")
}

// Calls go through the proxy of the environment.
func TestAccProvider_proxy(t *testing.T) {
	t.Parallel()
	address, certificate := newTLSSimulator(t)
	proxy := &connectProxy{target: address}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	tf := newHTTPSTerraform(t, "https://example.com", 0)
	tf.Setenv("SSL_CERT_FILE", certificate)
	tf.Setenv("HTTPS_PROXY", server.URL)
	tf.Setenv("NO_PROXY", "")
	tf.Run("apply", "-auto-approve")
	if !slices.Contains(proxy.hosts(), "example.com:443") {
		t.Errorf("the proxy was asked for %q, want example.com:443", proxy.hosts())
	}
}

// A proxy's refusal is an error after one try, which names the proxy's variable
// and shows nothing of the proxy's answer or URL.
func TestAccProvider_proxyRefuses(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusProxyAuthRequired, http.StatusForbidden} {
		proxy := &connectProxy{refuse: status}
		server := httptest.NewServer(proxy)
		t.Cleanup(server.Close)
		tf := newHTTPSTerraform(t, "https://example.com", 5)
		tf.Setenv("HTTPS_PROXY", strings.Replace(server.URL, "http://", "http://user:secret-password@", 1))
		tf.Setenv("NO_PROXY", "")
		output, exit := tf.Try("apply", "-auto-approve")
		if exit != 1 || !strings.Contains(acctest.Unwrapped(output), "The proxy that HTTPS_PROXY names refused the connection") || strings.Contains(output, "secret-") {
			t.Errorf("HTTP %d: exit code %d, want 1 and an error that names HTTPS_PROXY, without a secret; output:\n%s", status, exit, output)
		}
		if asked := proxy.hosts(); len(asked) != 1 {
			t.Errorf("HTTP %d: the proxy was asked %d times, want once", status, len(asked))
		}
	}
}

// connectProxy is an HTTP proxy that connects every tunnel to target, or refuses
// all of them.
type connectProxy struct {
	target string
	refuse int // HTTP status, 0 to connect

	mu    sync.Mutex
	asked []string
}

func (p *connectProxy) hosts() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked)
}

func (p *connectProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r.Host)
	p.mu.Unlock()
	if p.refuse != 0 {
		http.Error(w, "secret-words of the proxy", p.refuse)
		return
	}
	var dialer net.Dialer
	target, err := dialer.DialContext(r.Context(), "tcp", p.target)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer target.Close()
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { _, _ = io.Copy(target, client) }() // Ends when either side closes.
	_, _ = io.Copy(client, target)
}
