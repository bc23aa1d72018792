package main

import (
	"context"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	frameworkprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/advance-community/terraform-provider-advance/internal/provider"
)

// serveFloor serves the provider that only sleeps, with the settings of the
// real one: no logs, and fewer garbage collections.
func serveFloor(latency time.Duration) error {
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_SDK_PROTO"} {
		if err := os.Setenv(name, "OFF"); err != nil {
			return err
		}
	}
	debug.SetGCPercent(200)
	server := providerserver.NewProtocol6(newFloor(latency))
	return tf6server.Serve("registry.terraform.io/advance-community/advance", server, tf6server.WithGoPluginLogger(hclog.NewNullLogger()))
}

// floor is a provider whose resources have the schemas of the real one, wait for
// as long as one call takes, and keep as much in the state.
type floor struct {
	frameworkprovider.Provider // for the schema

	// call waits for one call; the first one waits for the token too.
	call func()
}

func newFloor(latency time.Duration) *floor {
	token := sync.OnceFunc(func() { time.Sleep(latency) })
	return &floor{
		Provider: provider.New("floor")(),
		call: func() {
			token()
			time.Sleep(latency)
		},
	}
}

func (f *floor) Configure(context.Context, frameworkprovider.ConfigureRequest, *frameworkprovider.ConfigureResponse) {
}

func (f *floor) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (f *floor) Resources(ctx context.Context) []func() resource.Resource {
	var sleepers []func() resource.Resource
	for _, newReal := range f.Provider.Resources(ctx) {
		sleepers = append(sleepers, func() resource.Resource { return sleeper{newReal(), f.call} })
	}
	return sleepers
}

// sleeper is a resource whose operations take as long as one call.
type sleeper struct {
	resource.Resource // for the name and the schema
	call              func()
}

// computed has a value for each computed attribute of a session, as long as the
// real one. Terraform writes the whole state after each change, so its own time
// depends on how much the state holds.
var computed = map[string]string{
	"id":             "b49ddb775133be72",
	"signature_id":   "b49ddb775133be72",
	"transaction_id": "9a049ba535df6635",
	"biz_id":         "5b083bf3-9e18-4eed-8389-17605031ec66",
	"expires_at":     "2026-11-25T21:17:42Z",
	"url":            "http://127.0.0.1:43210/idvs/?token=" + strings.Repeat("x", 335) + "&signatureId=b49ddb775133be72",
}

// private is a private state as large as the real one.
const private = `{"origin":{"endpoint":"http://127.0.0.1:43210","account":"648b3325670d7a7d"},"unfinished":true}`

// Create saves what is planned, with the values of computed.
func (s sleeper) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	s.call()
	known, err := tftypes.Transform(req.Plan.Raw, func(at *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if name, ok := at.LastStep().(tftypes.AttributeName); ok && !v.IsKnown() && v.Type().Is(tftypes.String) {
			return tftypes.NewValue(tftypes.String, computed[string(name)]), nil
		}
		return v, nil
	})
	if err != nil {
		resp.Diagnostics.AddError("Unable to Create", err.Error())
		return
	}
	resp.State.Raw = known
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, "session", []byte(private))...)
}

func (s sleeper) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) { s.call() }

func (s sleeper) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	s.call()
	resp.State.Raw = req.Plan.Raw
}

func (s sleeper) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) { s.call() }
