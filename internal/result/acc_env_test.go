package result_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/advance-community/terraform-provider-advance/internal/acctest"
)

func run(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps:                    steps,
	})
}

// factories has the provider under each of the names that these tests use.
var factories = func() map[string]func() (tfprotov6.ProviderServer, error) {
	named := map[string]func() (tfprotov6.ProviderServer, error){}
	for _, name := range []string{"advance", "incomplete", "null-result", "null-data", "small", "none"} {
		named[name] = acctest.ProviderFactories["advance"]
	}
	return named
}()

// providerConfig is a block of the provider under another name.
func providerConfig(name string, sim *acctest.Simulator) string {
	return strings.Replace(sim.ProviderConfig(), `"advance"`, strconv.Quote(name), 1)
}

// dataSource is a data block with further lines.
func dataSource(name, signatureID string, lines ...string) string {
	return fmt.Sprintf("data %q %q {\n  signature_id = %q\n  %s\n}\n", typeName, name, signatureID, strings.Join(lines, "\n  "))
}

func address(name string) string {
	return "data." + typeName + "." + name
}

// values checks attributes of the data block with this name.
func values(name string, want map[string]knownvalue.Check) []statecheck.StateCheck {
	checks := make([]statecheck.StateCheck, 0, len(want))
	for attribute, check := range want {
		checks = append(checks, statecheck.ExpectKnownValue(address(name), tfjsonpath.New(attribute), check))
	}
	return checks
}

func text(s string) knownvalue.Check {
	return knownvalue.StringExact(s)
}

// wrapped matches texts in this order, wherever Terraform breaks the lines.
func wrapped(texts ...string) *regexp.Regexp {
	patterns := make([]string, len(texts))
	for i, text := range texts {
		patterns[i] = strings.ReplaceAll(regexp.QuoteMeta(text), " ", `\s+`)
	}
	return regexp.MustCompile("(?s)" + strings.Join(patterns, ".*"))
}

// picture checks for an image in base64.
type picture struct{}

func (picture) CheckValue(value any) error {
	s, ok := value.(string)
	if !ok {
		return fmt.Errorf("%T is no string", value)
	}
	image, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return err
	}
	if kind := http.DetectContentType(image); !strings.HasPrefix(kind, "image/") {
		return fmt.Errorf("%s is no image", kind)
	}
	return nil
}

func (picture) String() string { return "an image in base64" }

// recently checks for a time of the last minutes, RFC 3339 in UTC.
type recently struct{}

func (recently) CheckValue(value any) error {
	s, ok := value.(string)
	if !ok || !strings.HasSuffix(s, "Z") {
		return fmt.Errorf("%v is no time in UTC", value)
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return err
	}
	if age := time.Since(at); age < 0 || age > 10*time.Minute {
		return errors.New(s + " is not of the last minutes")
	}
	return nil
}

func (recently) String() string { return "a time of the last minutes" }
