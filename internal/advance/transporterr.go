package advance

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
)

// TransportError is the reason why an attempt has no response, in the client's
// own words. The words of net/http are not used: they quote what came over the
// network, which can be anything, such as a response without an HTTP head.
type TransportError string

// The transport errors. All but ErrCertificate, ErrProxyRefused, ErrProxyURL and
// ErrInvalidRequest may go away by themselves.
const (
	ErrConnectionRefused TransportError = "connection refused"
	ErrConnectionReset   TransportError = "connection reset by peer"
	ErrConnectionClosed  TransportError = "connection closed before the end of the response"
	ErrConnectionFailed  TransportError = "connection failed"
	ErrNetworkTimeout    TransportError = "the network timed out"
	ErrNoSuchHost        TransportError = "no such host"
	ErrNameLookup        TransportError = "the name of the host could not be looked up"
	ErrTLS               TransportError = "TLS handshake failed"
	ErrCertificate       TransportError = "the certificate cannot be trusted"
	ErrProxy             TransportError = "the proxy of HTTPS_PROXY did not connect"
	ErrProxyRefused      TransportError = "the proxy of HTTPS_PROXY refused to connect"
	ErrProxyURL          TransportError = "the value of HTTPS_PROXY is not a URL"
	ErrProtocol          TransportError = "the response broke off, or is not HTTP"
	ErrInvalidRequest    TransportError = "the request cannot be sent"
)

func (e TransportError) Error() string { return string(e) }

// describeTransportErr returns the reason of a failed attempt: a TransportError,
// an error that wraps one, or ErrTooLarge.
func describeTransportErr(err error) error {
	var (
		own         TransportError
		op          *net.OpError
		certificate *tls.CertificateVerificationError
		dns         *net.DNSError
		address     *net.AddrError
		record      tls.RecordHeaderError
		network     net.Error
	)
	isOp := errors.As(err, &op)
	switch {
	case errors.Is(err, ErrTooLarge):
		return ErrTooLarge
	case errors.As(err, &own):
		return own
	case isOp && (op.Op == "proxyconnect" || strings.HasPrefix(op.Op, "socks")):
		return ErrProxy
	case errors.As(err, &certificate):
		return fmt.Errorf("%w: %s", ErrCertificate, certificateReason(certificate.Err))
	case errors.As(err, &dns) && dns.IsNotFound:
		return ErrNoSuchHost
	case errors.As(err, &dns):
		return ErrNameLookup
	case errors.As(err, &address):
		return ErrInvalidRequest
	case errors.Is(err, syscall.ECONNREFUSED):
		return ErrConnectionRefused
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNABORTED):
		return ErrConnectionReset
	case errors.As(err, &network) && network.Timeout():
		return ErrNetworkTimeout
	case errors.As(err, &record), isOp && (op.Op == "remote error" || op.Op == "local error"):
		return ErrTLS
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return ErrConnectionClosed
	case isOp:
		return ErrConnectionFailed
	}
	for _, known := range standardTexts {
		if strings.HasPrefix(err.Error(), known.prefix) {
			return known.reason
		}
	}
	return ErrProtocol
}

// standardTexts are errors of the standard library that have no type.
var standardTexts = []struct {
	prefix string
	reason TransportError
}{
	{"tls: ", ErrTLS},
	{"http: server gave HTTP response to HTTPS client", ErrTLS},
	{"http: server closed idle connection", ErrConnectionClosed},
	{"http2: server sent GOAWAY", ErrConnectionClosed},
	{"http2: client connection lost", ErrNetworkTimeout}, // no response to a ping
}

// certificateReason says what is wrong with a certificate, without its names.
func certificateReason(err error) string {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &authority):
		return "its authority is not known"
	case errors.As(err, &host):
		return "it is for another host"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "it is expired, or not valid yet"
	default:
		return "it is not valid"
	}
}

// checkHeader returns an error if a value of the header is one that net/http
// refuses to send.
func checkHeader(h http.Header) error {
	for name, values := range h {
		for _, v := range values {
			if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
				return fmt.Errorf("%w: its header %s has a control character", ErrInvalidRequest, name)
			}
		}
	}
	return nil
}
