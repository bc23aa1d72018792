package action_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	actions "github.com/advance-community/terraform-provider-advance/internal/action"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

func TestSchema(t *testing.T) {
	t.Parallel()
	for name, constructor := range map[string]func() action.Action{awaitType: actions.NewAwait, clearType: actions.NewClear} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var metadata action.MetadataResponse
			constructor().Metadata(t.Context(), action.MetadataRequest{ProviderTypeName: "advance"}, &metadata)
			if metadata.TypeName != name {
				t.Errorf("the type is %s", metadata.TypeName)
			}
			var resp action.SchemaResponse
			constructor().Schema(t.Context(), action.SchemaRequest{}, &resp)
			if diags := resp.Schema.ValidateImplementation(t.Context()); diags.HasError() {
				t.Fatal(diags)
			}
			if resp.Schema.MarkdownDescription == "" {
				t.Error("the action has no description")
			}
			checkDescriptions(t, path.Empty(), resp.Schema.Attributes)
		})
	}
}

func checkDescriptions(t *testing.T, parent path.Path, attributes map[string]schema.Attribute) {
	t.Helper()
	for name, attribute := range attributes {
		at := parent.AtName(name)
		if attribute.GetMarkdownDescription() == "" {
			t.Errorf("%s has no description", at)
		}
		if nested, ok := attribute.(schema.SingleNestedAttribute); ok {
			checkDescriptions(t, at, nested.Attributes)
		}
	}
}

// A wrong argument is refused before any call.
func TestInvoke_wrongArguments(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		typeName string
		config   prototest.Object
		want     string
	}{
		"await: a blank id":         {awaitType, prototest.Object{"signature_id": " "}, "signature_id must not be empty"},
		"await: a short interval":   {awaitType, prototest.Object{"poll_interval": "999ms"}, "poll_interval must be a Go duration of at least 1s"},
		"await: a timeout of zero":  {awaitType, prototest.Object{"timeouts": prototest.Object{"invoke": "0s"}}, "timeouts.invoke must be a Go duration above zero"},
		"clear: a blank id":         {clearType, prototest.Object{"signature_id": " "}, "signature_id must not be empty"},
		"clear: a timeout of zero":  {clearType, prototest.Object{"timeouts": prototest.Object{"invoke": "0s"}}, "timeouts.invoke must be a Go duration above zero"},
		"clear: a timeout in words": {clearType, prototest.Object{"timeouts": prototest.Object{"invoke": "an hour"}}, "timeouts.invoke must be a Go duration above zero"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T, e env) {
				calls := len(e.Calls())
				_, diags, _ := e.invoke(t, test.typeName, test.config)
				if len(diags) != 1 || !strings.Contains(diags.String(), test.want) {
					t.Errorf("want one error with %q, got:\n%s", test.want, diags)
				}
				if got := len(e.Calls()) - calls; got != 0 {
					t.Errorf("%d calls", got)
				}
			})
		})
	}
}

// While an argument of the provider block is not known, the API can't be called.
func TestInvoke_unknownProvider(t *testing.T) {
	t.Parallel()
	for _, typeName := range []string{awaitType, clearType} {
		t.Run(typeName, func(t *testing.T) {
			t.Parallel()
			sim := simulator.New(simulator.Config{})
			server := prototest.Configured(t, sim.Transport(), prototest.Object{"endpoint": prototest.Unknown})
			messages, diags := server.InvokeAction(t.Context(), typeName, prototest.Object{"signature_id": "ed8b21c0c87ad617"})
			wantError(t, diags, "Provider Configuration Not Known Yet", false, "The action "+typeName, `"endpoint"`, "-target")
			if len(messages)+len(sim.Calls()) != 0 {
				t.Errorf("%d messages and %d calls, want none", len(messages), len(sim.Calls()))
			}
		})
	}
}

// Neither the log nor the progress shows anything about the person.
func TestInvoke_nothingConfidential(t *testing.T) {
	t.Parallel()
	private := regexp.MustCompile(`user-1|order-1|app\.example\.com|/media/|eyJ|` + simulator.DefaultSecretKey)
	withFakeTime(t, func(t *testing.T, e env) {
		time.AfterFunc(20*time.Second, func() { e.finish(t, simulator.ResultPass) })
		var log bytes.Buffer
		ctx := tflogtest.RootLogger(t.Context(), &log)
		for _, typeName := range []string{awaitType, clearType} {
			messages, diags := e.server.InvokeAction(ctx, typeName, prototest.Object{"signature_id": e.id})
			prototest.WantNothing(t, diags)
			if found := private.FindString(strings.Join(messages, "\n")); found != "" {
				t.Errorf("the progress of %s has %q", typeName, found)
			}
		}
		if !strings.Contains(log.String(), "clear-data") {
			t.Error("the log has no line about clear-data")
		}
		if found := private.FindString(log.String()); found != "" {
			t.Errorf("the log has %q", found)
		}
	})
}

// wantOrder fails unless the messages have each of the texts, in this order.
func wantOrder(t *testing.T, messages []string, texts ...string) {
	t.Helper()
	rest := messages
	for _, text := range texts {
		for len(rest) > 0 && !strings.Contains(rest[0], text) {
			rest = rest[1:]
		}
		if len(rest) == 0 {
			t.Fatalf("no %q in its place in:\n%s", text, strings.Join(messages, "\n"))
		}
		rest = rest[1:]
	}
}
