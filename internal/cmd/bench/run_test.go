package main

import (
	"testing"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// TestCheck creates two sessions and erases one.
func TestCheck(t *testing.T) {
	t.Parallel()

	sim := simulator.New(simulator.Config{})
	client, err := advance.New(advance.Config{
		Endpoint:       "http://api.example",
		Credentials:    advance.Credentials{AccessKey: simulator.DefaultAccessKey, SecretKey: simulator.DefaultSecretKey},
		TokenPeriod:    advance.DefaultTokenPeriod,
		RequestTimeout: advance.DefaultRequestTimeout,
		Transport:      sim.Transport(),
	})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for range 2 {
		made, err := client.GenerateURL(t.Context(), advance.SessionRequest{
			ReturnURL: "https://app.example.com/a", FailReturnURL: "https://app.example.com/b", BizID: "b", UserID: "sim-pass", Region: "PHL",
		})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, made.SignatureID)
	}
	if _, err := client.ClearData(t.Context(), ids[0]); err != nil {
		t.Fatal(err)
	}

	for name, test := range map[string]struct {
		shape    string
		sessions int
		command  string
		wantErr  bool
	}{
		"all were made":             {plain, 2, apply, false},
		"one was not made":          {plain, 3, apply, true},
		"one was made once more":    {plain, 1, plan, true},
		"one was not erased":        {plain, 2, destroy, true},
		"a floor makes no sessions": {floorSleep, 3, destroy, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := &stage{row: row{shape: sample(t, test.shape, 1, 1, 1).shape, sessions: test.sessions}, simulator: sim}
			if err := s.check(test.command); (err != nil) != test.wantErr {
				t.Errorf("error %v, want one: %t", err, test.wantErr)
			}
		})
	}
	if _, err := client.ClearData(t.Context(), ids[1]); err != nil {
		t.Fatal(err)
	}
	s := &stage{row: row{shape: shape{real: true}, sessions: 2}, simulator: sim}
	if err := s.check(destroy); err != nil {
		t.Errorf("all were erased: error %v", err)
	}
}
