package main

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// releaseServer is a provider server that lets go of the context of each call
// that has ended. terraform-plugin-framework keeps all of them for StopProvider
// until the process ends, with the loggers and the buffers that belong to them:
// some 80 kB for each session of a plan.
//
// It does so for the calls that Terraform makes for each resource or data source.
// The others come once.
type releaseServer struct {
	completeServer
}

func (s releaseServer) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return release(ctx, s.completeServer.ValidateResourceConfig, req)
}

func (s releaseServer) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return release(ctx, s.completeServer.UpgradeResourceState, req)
}

func (s releaseServer) UpgradeResourceIdentity(ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return release(ctx, s.completeServer.UpgradeResourceIdentity, req)
}

func (s releaseServer) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return release(ctx, s.completeServer.ReadResource, req)
}

func (s releaseServer) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return release(ctx, s.completeServer.PlanResourceChange, req)
}

func (s releaseServer) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return release(ctx, s.completeServer.ApplyResourceChange, req)
}

func (s releaseServer) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return release(ctx, s.completeServer.ValidateDataResourceConfig, req)
}

func (s releaseServer) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return release(ctx, s.completeServer.ReadDataSource, req)
}

// release makes a call with a context that forgets ctx when the call has ended.
func release[Req, Resp any](ctx context.Context, call func(context.Context, Req) (Resp, error), req Req) (Resp, error) {
	c := &callContext{}
	c.inner.Store(&ctx)
	defer c.inner.Store(&ended) //nolint:contextcheck // ctx is inherited until then.
	return call(c, req)         //nolint:contextcheck // The same.
}

// callContext is the context of a call, and [ended] after it.
type callContext struct {
	inner atomic.Pointer[context.Context]
}

// ended is the context of every call that has ended.
var ended = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

func (c *callContext) Deadline() (time.Time, bool) { return (*c.inner.Load()).Deadline() }
func (c *callContext) Done() <-chan struct{}       { return (*c.inner.Load()).Done() }
func (c *callContext) Err() error                  { return (*c.inner.Load()).Err() }
func (c *callContext) Value(key any) any           { return (*c.inner.Load()).Value(key) }
