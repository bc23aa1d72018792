package main

import (
	"context"
	"os"
	"runtime/debug"
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

// floor is a provider whose resources have the schemas of the real one and do
// nothing but wait for as long as one call takes.
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

// Create saves what is planned. A value that is not known yet becomes "x".
func (s sleeper) Create(_ context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	s.call()
	known, err := tftypes.Transform(req.Plan.Raw, func(_ *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if !v.IsKnown() && v.Type().Is(tftypes.String) {
			return tftypes.NewValue(tftypes.String, "x"), nil
		}
		return v, nil
	})
	if err != nil {
		resp.Diagnostics.AddError("Unable to Create", err.Error())
		return
	}
	resp.State.Raw = known
}

func (s sleeper) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) { s.call() }

func (s sleeper) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	s.call()
	resp.State.Raw = req.Plan.Raw
}

func (s sleeper) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) { s.call() }
