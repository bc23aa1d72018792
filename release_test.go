package main

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"weak"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// TestReleaseServer makes each call with a value in its context, and looks
// whether the value is still in use after the call.
func TestReleaseServer(t *testing.T) {
	t.Parallel()

	s := newServer() // It does not know the type "", and says so in diagnostics.
	for name, call := range map[string]func(context.Context) (any, error){
		"ValidateResourceConfig": func(ctx context.Context) (any, error) {
			return s.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{})
		},
		"UpgradeResourceState": func(ctx context.Context) (any, error) {
			return s.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{})
		},
		"UpgradeResourceIdentity": func(ctx context.Context) (any, error) {
			return s.UpgradeResourceIdentity(ctx, &tfprotov6.UpgradeResourceIdentityRequest{})
		},
		"ReadResource": func(ctx context.Context) (any, error) {
			return s.ReadResource(ctx, &tfprotov6.ReadResourceRequest{})
		},
		"PlanResourceChange": func(ctx context.Context) (any, error) {
			return s.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{})
		},
		"ApplyResourceChange": func(ctx context.Context) (any, error) {
			return s.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{})
		},
		"ValidateDataResourceConfig": func(ctx context.Context) (any, error) {
			return s.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{})
		},
		"ReadDataSource": func(ctx context.Context) (any, error) {
			return s.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			value := callWithValue(t, call)
			runtime.GC()
			if value.Value() != nil {
				t.Error("the context of a call that has ended is kept")
			}
			runtime.KeepAlive(s)
		})
	}
}

// callWithValue makes a call with a value in its context.
func callWithValue(t *testing.T, call func(context.Context) (any, error)) weak.Pointer[[1 << 16]byte] {
	t.Helper()

	type key struct{}
	value := new([1 << 16]byte)
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, value))
	defer cancel()
	if resp, err := call(ctx); resp == nil || err != nil {
		t.Fatalf("got %v, %v", resp, err)
	}
	return weak.Make(value)
}

func TestRelease_context(t *testing.T) {
	t.Parallel()

	type key struct{}
	outer, cancel := context.WithCancelCause(context.WithValue(t.Context(), key{}, "value"))
	cause := errors.New("the cause")
	var inner context.Context
	_, _ = release(outer, func(ctx context.Context, _ int) (int, error) {
		inner = ctx
		child, stop := context.WithCancel(ctx)
		defer stop()
		if ctx.Value(key{}) != "value" || ctx.Err() != nil {
			t.Errorf("value %v, error %v; want those of the caller's context", ctx.Value(key{}), ctx.Err())
		}
		cancel(cause)
		<-child.Done()
		if !errors.Is(context.Cause(child), cause) {
			t.Errorf("cause %v, want the caller's", context.Cause(child))
		}
		return 0, nil
	}, 0)
	if inner.Value(key{}) != nil || !errors.Is(inner.Err(), context.Canceled) {
		t.Errorf("value %v, error %v after the end; want none, and that it was canceled", inner.Value(key{}), inner.Err())
	}
}
