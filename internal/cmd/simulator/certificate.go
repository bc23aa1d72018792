package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"slices"
	"time"
)

// certificateLifetime is a year, because a simulator can run for weeks.
const certificateLifetime = 365 * 24 * time.Hour

// newTLSConfig returns a configuration with a certificate made for opts, and
// writes the certificate to the file that opts names. Its key stays in memory.
func newTLSConfig(opts options) (*tls.Config, error) {
	certificate, err := newCertificate(opts.names(), time.Now())
	if err != nil {
		return nil, fmt.Errorf("making a certificate: %w", err)
	}
	if opts.certFile != "" {
		text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]})
		if err := os.WriteFile(opts.certFile, text, 0o644); err != nil { // it is no secret
			return nil, fmt.Errorf("writing the certificate: %w", err)
		}
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}}, nil
}

// newCertificate returns a self-signed certificate for this machine, and for
// names, which are host names and addresses.
func newCertificate(names []string, now time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "Simulator of the ADVANCE.AI liveness API"},
		NotBefore:             now.Add(-time.Hour), // for clients whose clock is behind
		NotAfter:              now.Add(certificateLifetime),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, // Firefox refuses a server's certificate that is an authority's.
	}
	names = append([]string{"localhost", "127.0.0.1", "::1"}, names...)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
