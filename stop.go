package main

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// stopServer is a provider server whose StopProvider returns after the actions
// that it interrupts have ended. terraform-plugin-go sends no event after
// StopProvider has returned: the error of an interrupted action would be lost, and
// terraform would report success.
type stopServer struct {
	tfprotov6.ProviderServer
	tfprotov6.ActionServer
	tfprotov6.ListResourceServer

	actions sync.RWMutex // locked for reading by each action that runs
}

// completeServer has what the framework's server has and this provider needs.
type completeServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ActionServer
	tfprotov6.ListResourceServer
}

func newStopServer(s completeServer) *stopServer {
	return &stopServer{ProviderServer: s, ActionServer: s, ListResourceServer: s}
}

func (s *stopServer) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	s.actions.RLock()
	stream, err := s.ActionServer.InvokeAction(ctx, req)
	if err != nil {
		s.actions.RUnlock()
		return nil, err
	}
	return &tfprotov6.InvokeActionServerStream{Events: s.untilEnd(stream.Events)}, nil
}

// untilEnd returns events, and lets the lock go after the last of them.
func (s *stopServer) untilEnd(events iter.Seq[tfprotov6.InvokeActionEvent]) iter.Seq[tfprotov6.InvokeActionEvent] {
	return func(push func(tfprotov6.InvokeActionEvent) bool) {
		defer s.actions.RUnlock()
		events(push)
	}
}

// StopProvider interrupts again for as long as an action runs: one may have
// started since.
func (s *stopServer) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	resp, err := s.ProviderServer.StopProvider(ctx, req)
	for err == nil && ctx.Err() == nil && s.busy() {
		time.Sleep(10 * time.Millisecond)
		resp, err = s.ProviderServer.StopProvider(ctx, req)
	}
	return resp, err
}

// busy reports whether an action runs.
func (s *stopServer) busy() bool {
	if !s.actions.TryLock() {
		return true
	}
	s.actions.Unlock()
	return false
}
