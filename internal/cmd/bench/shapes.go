package main

import (
	"fmt"
	"time"
)

// shape is one way to have a number of sessions, or a floor: what Terraform
// itself takes for as many objects without this provider.
type shape struct {
	name  string
	about string

	// real and sleeper tell which provider there is. The first floor has none.
	real, sleeper bool

	// largest is the largest number of sessions that is measured.
	largest int

	// computed says that the latency of the API is added to the measured time,
	// because nothing waits for it.
	computed bool

	config string // HCL, after that of preamble
}

// The names of the shapes that others are compared with.
const (
	floorBuiltin = "terraform_data"
	floorSleep   = "same-schema"
	plain        = "plain"
)

// Terraform's cost grows with the square of the number of resources.
const (
	mostResources = 1_000
	mostSessions  = 10_000
)

var shapes = []shape{
	{
		name: floorBuiltin, about: "floor: terraform_data resources, plus the latency that no provider can avoid (computed)",
		largest: mostResources, computed: true,
		config: `
resource "terraform_data" "s" {
  for_each = local.users
  input    = each.value
}
`,
	},
	{
		name: floorSleep, about: "floor: resources of a provider that only sleeps, with the schema of advance_liveness_session and as much in the state",
		sleeper: true, largest: mostResources,
		config: sessions,
	},
	{
		name: plain, about: "advance_liveness_session with for_each",
		real: true, largest: mostResources,
		config: sessions,
	},
	{
		name: "result-each", about: "plain, with a data source advance_liveness_result for each session",
		real: true, largest: mostResources,
		config: sessions + `
data "advance_liveness_result" "r" {
  for_each     = local.users
  signature_id = advance_liveness_session.s[each.key].signature_id
}
`,
	},
	{
		name: "results", about: "plain, with one data source advance_liveness_results for all",
		real: true, largest: mostResources,
		config: sessions + `
data "advance_liveness_results" "all" {
  signature_ids = { for key, s in advance_liveness_session.s : key => s.signature_id }
}
`,
	},
	{
		name: "set", about: "one advance_liveness_session_set",
		real: true, largest: mostSessions,
		config: `
resource "advance_liveness_session_set" "s" {
  user_ids        = local.users
  return_url      = "https://app.example.com/verified"
  fail_return_url = "https://app.example.com/not-verified"
  region          = "PHL"
}
`,
	},
}

const sessions = `
resource "advance_liveness_session" "s" {
  for_each        = local.users
  user_id         = each.value
  return_url      = "https://app.example.com/verified"
  fail_return_url = "https://app.example.com/not-verified"
  region          = "PHL"
}
`

// preamble has the users. The simulator ends the sessions of those whose id
// begins with sim-pass by itself, so that destroy need not wait. The function
// range of HCL ends at 1,024 values.
const preamble = `
locals {
  users = { for p in setproduct(range(%d), range(1000)) :
    format("user-%%05d", 1000 * p[0] + p[1]) => format("sim-pass-%%05d", 1000 * p[0] + p[1])
    if 1000 * p[0] + p[1] < %d
  }
}
`

const requiredProvider = `
terraform {
  required_providers {
    advance = {
      source = "advance-community/advance"
    }
  }
}
`

// configuration returns the HCL of n sessions.
func (s shape) configuration(n int) string {
	config := fmt.Sprintf(preamble, (n+999)/1000, n) + s.config
	if s.real || s.sleeper {
		config += requiredProvider
	}
	return config
}

// parallel is the number of resources that Terraform works on at the same time.
const parallel = 10

// unavoidable returns how long the API's latency holds up n sessions, one call
// each, parallel of them at the same time. Each process of the provider needs a
// token before its first call; destroy has two processes, one that reads and
// one that erases.
func unavoidable(command string, n int, latency time.Duration) time.Duration {
	rounds := 1 + (n+parallel-1)/parallel
	if command == destroy {
		rounds *= 2
	}
	return time.Duration(rounds) * latency
}

func shapeNamed(name string) (shape, error) {
	for _, s := range shapes {
		if s.name == name {
			return s, nil
		}
	}
	return shape{}, fmt.Errorf("no shape is called %q", name)
}

func names(of []shape) []string {
	var all []string
	for _, s := range of {
		all = append(all, s.name)
	}
	return all
}
