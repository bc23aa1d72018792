package result

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/tfutil"
)

func TestSchema(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]datasource.DataSource{"one": NewDataSource(), "many": NewResultsDataSource()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var resp datasource.SchemaResponse
			source.Schema(t.Context(), datasource.SchemaRequest{}, &resp)
			if diags := resp.Schema.ValidateImplementation(t.Context()); diags.HasError() {
				t.Fatal(diags)
			}
			if resp.Schema.MarkdownDescription == "" {
				t.Error("the data source has no description")
			}
			checkDescriptions(t, path.Empty(), resp.Schema.Attributes)
		})
	}
}

// The description of results names each field of an element.
func TestSchema_results(t *testing.T) {
	t.Parallel()
	var resp datasource.SchemaResponse
	NewResultsDataSource().Schema(t.Context(), datasource.SchemaRequest{}, &resp)
	description := resp.Schema.Attributes["results"].GetMarkdownDescription()
	for field := range resultType.AttrTypes {
		if !strings.Contains(description, "`"+field+"`") {
			t.Errorf("the description does not name %s", field)
		}
	}
}

func checkDescriptions(t *testing.T, parent path.Path, attributes map[string]schema.Attribute) {
	t.Helper()
	for name, attribute := range attributes {
		at := parent.AtName(name)
		if attribute.GetMarkdownDescription() == "" {
			t.Errorf("%s has no description", at)
		}
		switch a := attribute.(type) {
		case schema.SingleNestedAttribute:
			checkDescriptions(t, at, a.Attributes)
		case schema.ListNestedAttribute:
			checkDescriptions(t, at, a.NestedObject.Attributes)
		}
	}
}

func TestReadError(t *testing.T) {
	t.Parallel()
	pending := &advance.Result{OverallResult: new("INCOMPLETE"), TransactionID: "d3fde1547eeaf226"}
	notKnown := &advance.Error{
		Operation: advance.OpGetResult, Code: advance.CodeSignatureNotExist, Message: "This signatureId is not exist",
		TransactionID: "d3fde1547eeaf226", HTTPStatus: 200, Attempts: 1,
	}
	denied := &advance.Error{
		Operation: advance.OpGetResult, Code: advance.CodeAccessDenied, Message: "Access denied",
		TransactionID: "d3fde1547eeaf226", HTTPStatus: 200, Attempts: 1,
	}
	client, err := advance.New(advance.Config{
		Endpoint:       advance.DefaultEndpoint,
		Credentials:    advance.Credentials{AccessToken: "token"},
		RequestTimeout: advance.DefaultRequestTimeout,
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		err       error
		attribute path.Path
		want      string
	}{
		"timeout between two calls": {
			err: &tfutil.WaitError{
				SignatureID: "ed8b21c0c87ad617", Waited: 75*time.Minute + 3*time.Millisecond, Last: pending, OutOfTime: true,
				Err: &advance.Error{Operation: advance.OpGetResult, TransactionID: pending.TransactionID, Err: context.DeadlineExceeded},
			},
			want: `The transaction of session "ed8b21c0c87ad617" was still not finished after a wait of 1h15m0s. The API last said: INCOMPLETE, not finished.

Its data may have been cleared already: what the API says of a session after that is not documented, and it may never look finished.

A destroy passes with -refresh=false, because it then reads no data source.

The operation's timeout passed.

Run it again, or raise the operation's entry in timeouts.

Operation: get-result
Transaction id: d3fde1547eeaf226`,
		},
		"interrupt within the first call": {
			err: &tfutil.WaitError{
				SignatureID: "ed8b21c0c87ad617", Waited: 1234567 * time.Microsecond / 10, OutOfTime: true,
				Err: &advance.Error{Operation: advance.OpGetResult, Attempts: 1, Err: context.Canceled},
			},
			want: `The transaction of session "ed8b21c0c87ad617" was still not finished after a wait of 123ms. The API has not said anything about it yet.

Its data may have been cleared already: what the API says of a session after that is not documented, and it may never look finished.

A destroy passes with -refresh=false, because it then reads no data source.

The operation was interrupted.

Operation: get-result
Attempts: 1`,
		},
		"a call fails during a wait": {
			err: &tfutil.WaitError{SignatureID: "ed8b21c0c87ad617", Waited: 30 * time.Second, Last: pending, Err: denied},
			want: `The wait for the result of session "ed8b21c0c87ad617" ended after 30s because a call failed. The API last said: INCOMPLETE, not finished.

The account or the product is not enabled: ask the vendor.

Operation: get-result
Error code: ACCESS_DENIED
Message: Access denied
Transaction id: d3fde1547eeaf226
HTTP status: 200
Attempts: 1`,
		},
		"a call fails": {
			err: denied,
			want: `The result of session "ed8b21c0c87ad617" could not be read.

The account or the product is not enabled: ask the vendor.

Operation: get-result
Error code: ACCESS_DENIED
Message: Access denied
Transaction id: d3fde1547eeaf226
HTTP status: 200
Attempts: 1`,
		},
		"not known": {
			err:       notKnown,
			attribute: path.Root("signature_id"),
			want: `The API at https://api.advance.ai does not know the session "ed8b21c0c87ad617". It may have forgotten it since its data was cleared.

A destroy passes with -refresh=false, because it then reads no data source.

Check the signature id, and that the provider's endpoint and account are those that made the session.

Operation: get-result
Error code: SIGNATURE_NOT_EXIST
Message: This signatureId is not exist
Transaction id: d3fde1547eeaf226
HTTP status: 200
Attempts: 1`,
		},
		"not known from the start of a wait": {
			err:       &tfutil.WaitError{SignatureID: "ed8b21c0c87ad617", Err: notKnown},
			attribute: path.Root("signature_id"),
			want: `The API at https://api.advance.ai does not know the session "ed8b21c0c87ad617". It may have forgotten it since its data was cleared.

A destroy passes with -refresh=false, because it then reads no data source.

Check the signature id, and that the provider's endpoint and account are those that made the session.

Operation: get-result
Error code: SIGNATURE_NOT_EXIST
Message: This signatureId is not exist
Transaction id: d3fde1547eeaf226
HTTP status: 200
Attempts: 1`,
		},
		"not known any more": {
			err:       &tfutil.WaitError{SignatureID: "ed8b21c0c87ad617", Waited: 5 * time.Minute, Last: pending, Err: notKnown},
			attribute: path.Root("signature_id"),
			want: `The API at https://api.advance.ai does not know the session "ed8b21c0c87ad617" any more. It vanished during a wait of 5m0s for its result, most likely because its data was cleared.

A destroy passes with -refresh=false, because it then reads no data source.

Check the signature id, and that the provider's endpoint and account are those that made the session.

Operation: get-result
Error code: SIGNATURE_NOT_EXIST
Message: This signatureId is not exist
Transaction id: d3fde1547eeaf226
HTTP status: 200
Attempts: 1`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := readError(client, "ed8b21c0c87ad617", noRefreshHint, tc.err)
			if got.Summary() != "Unable to Read Liveness Result" {
				t.Errorf("summary is %q", got.Summary())
			}
			if got.Detail() != tc.want {
				t.Errorf("detail is\n%s\n\nwant\n%s", got.Detail(), tc.want)
			}
			var at path.Path
			if d, ok := got.(diag.DiagnosticWithPath); ok {
				at = d.Path()
			}
			if !at.Equal(tc.attribute) {
				t.Errorf("the error is on %q, want %q", at, tc.attribute)
			}
		})
	}
}

func TestRead_notConfigured(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]datasource.DataSourceWithConfigure{"one": &dataSource{}, "many": &resultsDataSource{}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var configured datasource.ConfigureResponse
			source.Configure(t.Context(), datasource.ConfigureRequest{}, &configured)
			if configured.Diagnostics.HasError() {
				t.Fatalf("configuring without provider data, as validate does: %v", configured.Diagnostics)
			}
			var resp datasource.ReadResponse
			source.Read(t.Context(), datasource.ReadRequest{}, &resp)
			if !resp.Diagnostics.HasError() {
				t.Error("reading without a client gave no error")
			}
		})
	}
}
