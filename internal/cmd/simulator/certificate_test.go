package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestProgram_tls(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "simulator.pem")
	p := start(t, "-tls", "-tls-cert-file", file, "-host", "sim.test.", "-host", "192.0.2.7")
	if !strings.HasPrefix(p.base, "https://127.0.0.1:") {
		t.Errorf("first line %q", p.base)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "PRIVATE") {
		t.Error("the key is in the file")
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		t.Fatalf("no certificate in %s", text)
	}
	for _, name := range []string{"", "localhost", "::1", "sim.test", "192.0.2.7"} {
		for _, http2 := range []bool{false, true} {
			transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: name, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: http2}
			if status, body := send(t, &http.Client{Transport: transport}, http.MethodGet, p.base+"/simulator/v1/sessions", ""); status != 200 || body != "[]\n" {
				t.Errorf("as %q, HTTP/2 %v: %d %q", name, http2, status, body)
			}
			transport.CloseIdleConnections()
		}
	}
	if response, err := (&http.Client{Transport: &http.Transport{}}).Get(p.base); err == nil {
		response.Body.Close()
		t.Error("a client that was not given the certificate trusts it")
	}
	if log := p.waitFor("level=WARN", "TLS handshake error"); !strings.Contains(log, "export SSL_CERT_FILE="+file) {
		t.Errorf("the explanation does not name the certificate:\n%s", log)
	}
}

func TestCertificate(t *testing.T) {
	t.Parallel()
	now := time.Now()
	made, err := newCertificate([]string{"sim.test", "127.0.0.1"}, now)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(made.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(certificate.DNSNames, " "); got != "localhost sim.test" {
		t.Errorf("names %q", got)
	}
	if len(certificate.IPAddresses) != 2 || certificate.IsCA || certificate.PublicKeyAlgorithm != x509.ECDSA {
		t.Errorf("addresses %v, CA %v, %v", certificate.IPAddresses, certificate.IsCA, certificate.PublicKeyAlgorithm)
	}
	if certificate.NotBefore.After(now) || certificate.NotAfter.Before(now.AddDate(0, 11, 0)) {
		t.Errorf("valid from %v to %v", certificate.NotBefore, certificate.NotAfter)
	}
}

func TestTLSConfig_unwritableFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := newTLSConfig(options{tls: true, certFile: filepath.Join(dir, "none", "a.pem")}); err == nil || !strings.Contains(err.Error(), "writing the certificate") {
		t.Errorf("error %v", err)
	}
	file := filepath.Join(dir, "a.pem")
	if _, err := newTLSConfig(options{tls: true, certFile: file}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if block, rest := pem.Decode(text); block == nil || block.Type != "CERTIFICATE" || len(rest) != 0 {
		t.Errorf("the file is %s", text)
	}
}
