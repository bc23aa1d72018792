package advance

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestDescribeTransportErr(t *testing.T) {
	t.Parallel()

	const wire = "text-from-the-wire"
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	certificate := func(err error) error { return &tls.CertificateVerificationError{Err: err} }
	names := &x509.Certificate{DNSNames: []string{wire}}
	tests := []struct {
		name  string
		err   error
		is    error
		text  string // if it is more than that of is
		class attemptClass
	}{
		{"refused", dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)), ErrConnectionRefused, "", notSent},
		{"reset", errReset, ErrConnectionReset, "", notSent},
		{"broken pipe", &net.OpError{Op: "write", Err: syscall.EPIPE}, ErrConnectionReset, "", notSent},
		{"no route", dial(syscall.EHOSTUNREACH), ErrConnectionFailed, "", notSent},
		{"end", fmt.Errorf("net/http: HTTP/1.x transport connection broken: %w", io.EOF), ErrConnectionClosed, "", notSent},
		{"cut off", io.ErrUnexpectedEOF, ErrConnectionClosed, "", notSent},
		{"idle connection closed", errors.New("http: server closed idle connection"), ErrConnectionClosed, "", notSent},
		{"GOAWAY", errors.New("http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=NO_ERROR, debug=" + wire), ErrConnectionClosed, "", notSent},
		{"timeout of the dialer", dial(context.DeadlineExceeded), ErrNetworkTimeout, "", notSent},
		{"timeout of a read", &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, ErrNetworkTimeout, "", notSent},
		{"ping without a response", errors.New("http2: client connection lost"), ErrNetworkTimeout, "", notSent},
		{"no such host", dial(&net.DNSError{Name: wire, Err: "no such host", IsNotFound: true}), ErrNoSuchHost, "", notSent},
		{"name server failed", dial(&net.DNSError{Name: wire, Err: wire, IsTemporary: true}), ErrNameLookup, "", notSent},
		{"TLS alert", &net.OpError{Op: "remote error", Err: errors.New("tls: handshake failure")}, ErrTLS, "", notSent},
		{"no TLS", tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, ErrTLS, "", notSent},
		{"HTTP instead of TLS", errors.New("http: server gave HTTP response to HTTPS client"), ErrTLS, "", notSent},
		{"TLS without a type", errors.New("tls: unsupported certificate"), ErrTLS, "", notSent},
		{"unknown authority", certificate(x509.UnknownAuthorityError{Cert: names}), ErrCertificate, "the certificate cannot be trusted: its authority is not known", permanent},
		{"another host", certificate(x509.HostnameError{Certificate: names, Host: wire}), ErrCertificate, "the certificate cannot be trusted: it is for another host", permanent},
		{"expired", certificate(x509.CertificateInvalidError{Cert: names, Reason: x509.Expired, Detail: wire}), ErrCertificate, "the certificate cannot be trusted: it is expired, or not valid yet", permanent},
		{"not valid", certificate(x509.CertificateInvalidError{Cert: names, Reason: x509.NotAuthorizedToSign}), ErrCertificate, "the certificate cannot be trusted: it is not valid", permanent},
		{"proxy not reached", &net.OpError{Op: "proxyconnect", Err: dial(&net.DNSError{Name: wire, IsNotFound: true})}, ErrProxy, "", notSent},
		{"proxy's certificate", &net.OpError{Op: "proxyconnect", Err: certificate(x509.HostnameError{Host: wire})}, ErrProxy, "", notSent},
		{"SOCKS", &net.OpError{Op: "socks connect", Err: errors.New(wire)}, ErrProxy, "", notSent},
		{"proxy refused", ErrProxyRefused, ErrProxyRefused, "", permanent},
		{"proxy's URL", ErrProxyURL, ErrProxyURL, "", permanent},
		{"no port", dial(&net.AddrError{Err: "invalid port", Addr: wire}), ErrInvalidRequest, "", permanent},
		{"no HTTP", fmt.Errorf("net/http: HTTP/1.x transport connection broken: malformed HTTP response %q", wire), ErrProtocol, "", notSent},
		{"HTTP/2 stream", errors.New("stream error: stream ID 1; INTERNAL_ERROR; received from peer"), ErrProtocol, "", notSent},
		{"anything", errors.New(wire), ErrProtocol, "", notSent},
		{"too large", ErrTooLarge, ErrTooLarge, "", permanent},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			got := describeTransportErr(test.err)
			if want := cmp.Or(test.text, test.is.Error()); !errors.Is(got, test.is) || got.Error() != want {
				t.Errorf("got %q, want %q", got, want)
			}
			for e := got; e != nil; e = errors.Unwrap(e) {
				if strings.Contains(fmt.Sprintf("%+v", e), wire) {
					t.Errorf("got %+v, which quotes the network", e)
				}
			}
			if class := classifyTransportErr(got, false); class != test.class {
				t.Errorf("not sent: got class %s, want %s", class, test.class)
			}
			sent := test.class
			if sent == notSent {
				sent = ambiguous
			}
			if class := classifyTransportErr(got, true); class != sent {
				t.Errorf("sent: got class %s, want %s", class, sent)
			}
		})
	}
}

// net/http refuses to send such a request, each time.
func TestSend_invalidHeader(t *testing.T) {
	t.Parallel()

	for _, value := range []string{"a\nb", "a\x00", "a\x7f", "\r"} {
		var told attempts
		c := newClient(t, &fakeAPI{}, watch(&told), givenToken, func(cfg *Config) { cfg.UserAgent = value })
		err := call(t.Context(), c, OpGetResult)
		if !errors.Is(err, ErrInvalidRequest) || len(told.list) != 1 || IsTemporary(err) {
			t.Errorf("%q: got error %v after %d attempts, want ErrInvalidRequest after 1", value, err, len(told.list))
		}
	}
	c := newClient(t, &fakeAPI{}, givenToken, func(cfg *Config) { cfg.UserAgent = "a\tb é" })
	if err := call(t.Context(), c, OpGetResult); err != nil {
		t.Errorf("got error %v, want none", err)
	}
}
