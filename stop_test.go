package main

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// slowServer has an action that takes a second to end after it is interrupted.
type slowServer struct {
	completeServer

	stopped chan struct{}
	stops   int
}

func (s *slowServer) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	if s.stops == 0 {
		close(s.stopped)
	}
	s.stops++
	return &tfprotov6.StopProviderResponse{}, nil
}

func (s *slowServer) InvokeAction(context.Context, *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	return &tfprotov6.InvokeActionServerStream{Events: func(push func(tfprotov6.InvokeActionEvent) bool) {
		<-s.stopped
		time.Sleep(time.Second)
		push(tfprotov6.InvokeActionEvent{Type: tfprotov6.CompletedInvokeActionEventType{}})
	}}, nil
}

// An action that is interrupted sends its last event before StopProvider returns.
func TestStopProvider_actionRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := newStopServer(&slowServer{stopped: make(chan struct{})})
		stream, err := server.InvokeAction(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		order := make(chan string, 2)
		go func() {
			for range stream.Events {
				order <- "event"
			}
		}()
		if _, err := server.StopProvider(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		order <- "stopped"
		synctest.Wait()
		if got, want := []string{<-order, <-order}, []string{"event", "stopped"}; !slices.Equal(got, want) {
			t.Errorf("the order is %v, want %v", got, want)
		}
	})
}

func TestStopProvider_nothingRuns(t *testing.T) {
	t.Parallel()
	slow := &slowServer{stopped: make(chan struct{})}
	if _, err := newStopServer(slow).StopProvider(t.Context(), nil); err != nil || slow.stops != 1 {
		t.Errorf("interrupted %d times, error %v; want once and none", slow.stops, err)
	}
}

// Without this, an interrupt would not wait for actions.
func TestNewServer_stopsActions(t *testing.T) {
	t.Parallel()
	if _, ok := newServer().(*stopServer); !ok {
		t.Errorf("the server is %T", newServer())
	}
}
