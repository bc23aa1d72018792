package advance

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func at(seconds float64) time.Time {
	return time.Unix(1_000_000, 0).Add(time.Duration(seconds * float64(time.Second)))
}

// serve counts calls as served, evenly spread from one time to another.
func (a *allowed) serve(n int, from, to float64) {
	for i := range n {
		a.served(at(from + (to-from)*float64(i)/float64(n)))
	}
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		run  func(a *allowed)
		at   float64 // seconds
		want float64 // calls a second
	}{
		{
			name: "no limit before the first refusal",
			run:  func(a *allowed) { a.serve(1000, 0, 1) },
			at:   1,
			want: math.Inf(1),
		},
		{
			name: "what had saved up before the first call counts as a second's worth",
			run: func(a *allowed) {
				a.serve(22, 0, 0.1)
				a.refused(at(0.1), at(0.1), time.Second)
			},
			at:   1.1,
			want: cautious * 22 / 1.1,
		},
		{
			name: "calls that were on their way are still counted",
			run: func(a *allowed) {
				a.serve(10, 0, 0.1)
				a.refused(at(0.1), at(0.1), time.Second)
				a.serve(12, 0, 0.1)
			},
			at:   1.1,
			want: cautious * 22 / 1.1,
		},
		{
			name: "refusals of the same moment count once",
			run: func(a *allowed) {
				a.serve(22, 0, 0.1)
				for range 9 {
					a.refused(at(0.1), at(0.1), time.Second)
				}
			},
			at:   1.1,
			want: cautious * 22 / 1.1,
		},
		{
			name: "a refusal before anything was served",
			run:  func(a *allowed) { a.refused(at(0), at(0), 10*time.Second) },
			at:   10,
			want: cautious * 1,
		},
		{
			name: "raised step by step after the hold",
			run: func(a *allowed) {
				a.serve(20, 0, 0)
				a.refused(at(0), at(0), time.Second)
			},
			at:   1 + 1 + 1, // the hold of 20 calls, and a round, of a second each
			want: 20 * (cautious + 2*growth),
		},
		{
			name: "measured between two refusals",
			run: func(a *allowed) {
				a.serve(20, 0, 0)
				a.refused(at(0), at(0), time.Second)
				a.rate(at(1))
				a.serve(30*13, 1, 13)
				a.refused(at(13), at(13), time.Second)
			},
			at:   14,
			want: cautious * 30,
		},
		{
			name: "of a long pause only a second has saved up",
			run: func(a *allowed) {
				a.serve(20, 0, 0)
				a.refused(at(0), at(0), 10*time.Second)
				a.rate(at(10))
				a.serve(30*13, 10, 22)
				a.refused(at(22), at(22), time.Second)
			},
			at:   23,
			want: cautious * 30,
		},
		{
			name: "one refusal while the estimate is held lowers it a little",
			run: func(a *allowed) {
				a.serve(20, 0, 0)
				a.refused(at(0), at(0), time.Second)
				a.rate(at(1))
				a.serve(20*9, 1, 9)
				a.refused(at(9), at(9), time.Second) // proves the estimate, which is held for longer
				a.rate(at(10))
				a.serve(100, 10, 15)
				a.refused(at(15), at(15), time.Second)
			},
			at:   16,
			want: cautious * slightly * 20,
		},
		{
			name: "another one soon means that the limit was lowered",
			run: func(a *allowed) {
				a.serve(20, 0, 0)
				a.refused(at(0), at(0), time.Second)
				a.rate(at(1))
				a.serve(20*9, 1, 9)
				a.refused(at(9), at(9), time.Second)
				a.rate(at(10))
				a.serve(100, 10, 15)
				a.refused(at(15), at(15), time.Second)
				a.rate(at(16))
				a.serve(20, 16, 17)
				a.refused(at(17), at(17), time.Second)
			},
			at:   18,
			want: cautious * 20 / 2,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var a allowed
			test.run(&a)
			if got := a.rate(at(test.at)); math.Abs(got-test.want) > 0.01 && got != test.want {
				t.Errorf("rate after %v s: got %v, want %v", test.at, got, test.want)
			}
		})
	}
}

func TestAllowedGate(t *testing.T) {
	t.Parallel()
	var a allowed
	a.refused(at(0), at(0), 10*time.Second)
	a.refused(at(0), at(1), time.Second)
	if want := at(10); !a.opens.Equal(want) {
		t.Errorf("a shorter pause moved the gate: opens at %v, want %v", a.opens, want)
	}
}

// The line is served in the order of arrival, whatever the rate.
func TestPacerIsFair(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(1)
		var mu sync.Mutex
		var order []int
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				if _, err := p.wait(t.Context()); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				order = append(order, i)
			})
			synctest.Wait() // the next one comes when this one stands in line
		}
		all.Wait()
		for i, got := range order {
			if got != i {
				t.Fatalf("served in the order %v", order)
			}
		}
	})
}

// Whoever stands in line gives up at the own deadline, and those behind are
// served all the same.
func TestPacerDeadlines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(0)
		started := time.Now()
		p.refused(ticket{started}, time.Minute, true)

		patient := make(chan time.Duration)
		go func() {
			if _, err := p.wait(t.Context()); err != nil {
				t.Error(err)
			}
			patient <- time.Since(started)
		}()
		synctest.Wait()

		short, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := p.wait(short)
		var late *RetryAfterError
		if !errors.As(err, &late) || time.Since(started) != 0 {
			t.Errorf("got %v after %v, want a RetryAfterError at once", err, time.Since(started))
		} else if !late.Until.Equal(started.Add(time.Minute)) || !late.Deadline.Equal(started.Add(10*time.Second)) {
			t.Errorf("the error names %v and %v", late.Until, late.Deadline)
		}

		leaver, leave := context.WithCancel(t.Context())
		left := make(chan error)
		go func() {
			_, err := p.wait(leaver)
			left <- err
		}()
		synctest.Wait()
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted in line: got %v, want context.Canceled", err)
		}
		if got := <-patient; got != time.Minute {
			t.Errorf("the patient one was served after %v, want 1m", got)
		}
	})
}

// limitedAPI allows so many calls a second: a second's worth saves up.
type limitedAPI struct {
	limit   func(since time.Duration) float64
	started time.Time

	mu              sync.Mutex
	saved           float64
	updated         time.Time
	calls, refusals int
}

func (s *limitedAPI) take() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	limit := s.limit(now.Sub(s.started))
	s.calls++
	s.saved = min(limit, s.saved+limit*now.Sub(s.updated).Seconds())
	s.updated = now
	if s.saved < 1 {
		s.refusals++
		return false
	}
	s.saved--
	return true
}

// throttledRun makes sessions in a number of processes, ten at a time in each
// as Terraform does; each process starts up to two seconds after the one before.
// It returns when each was done, and the longest time for which the API asked
// one of them to pause.
func throttledRun(t *testing.T, api *limitedAPI, processes, sessions int, retryAfter *time.Duration, random *rand.Rand) (took []time.Duration, paused time.Duration) {
	var mu sync.Mutex
	pauses := make([]time.Duration, processes)
	spread := func(d time.Duration) time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return time.Duration(float64(d) * (0.5 + random.Float64()))
	}
	took = make([]time.Duration, processes)
	var all sync.WaitGroup
	for process := range processes {
		p := newPacer(0)
		late := time.Duration(process) * spread(4*time.Second/3)
		todo := make(chan struct{}, sessions)
		for range sessions {
			todo <- struct{}{}
		}
		close(todo)
		var workers sync.WaitGroup
		for range 10 {
			workers.Go(func() {
				time.Sleep(late)
				for range todo {
					time.Sleep(spread(5 * time.Millisecond)) // Terraform's own work
					delays := newDelays()
					for {
						turn, err := p.wait(t.Context())
						if err != nil {
							t.Error(err)
							return
						}
						time.Sleep(spread(time.Millisecond))
						ok := api.take()
						time.Sleep(spread(time.Millisecond))
						if ok {
							p.served(turn)
							break
						}
						pause := delays.NextBackOff()
						if retryAfter != nil {
							pause = *retryAfter
						}
						mu.Lock()
						before, _ := p.look()
						p.refused(turn, pause, retryAfter != nil)
						after, _ := p.look()
						pauses[process] += max(0, after.Sub(later(before, time.Now())))
						mu.Unlock()
					}
				}
			})
		}
		all.Go(func() {
			workers.Wait()
			took[process] = time.Since(api.started)
		})
	}
	all.Wait()
	return took, slices.Max(pauses)
}

// The figures that pacing is built for: 200 sessions against an API that
// allows so many calls a second are made within 1.10 times the time that the
// limit itself imposes (with a Retry-After of 10 s, that and the pauses asked
// for), with refusals under 5 percent of the calls. They are means of several runs, which differ by the times of calls and backoffs. Run
// with -v to see them.
func TestPacingFigures(t *testing.T) {
	t.Parallel()
	const sessions, runs = 200, 64
	steady := func(limit float64) func(time.Duration) float64 {
		return func(time.Duration) float64 { return limit }
	}
	halved := func(limit float64) func(time.Duration) float64 {
		third := time.Duration(sessions / limit / 3 * float64(time.Second))
		return func(since time.Duration) float64 {
			if since > third && since < 2*third {
				return limit / 2
			}
			return limit
		}
	}
	short, long := time.Second, 10*time.Second
	asked := map[string]*time.Duration{"none": nil, "1s": &short, "10s": &long}

	tests := []struct {
		name      string
		limit     func(time.Duration) float64
		processes int
		imposed   float64 // seconds
	}{
		{"5 a second", steady(5), 1, sessions / 5.0},
		{"20 a second", steady(20), 1, sessions / 20.0},
		{"100 a second", steady(100), 1, sessions / 100.0},
		{"20 a second, halved for a third", halved(20), 1, sessions/20.0 + sessions/20.0/6},
		{"100 a second, halved for a third", halved(100), 1, sessions/100.0 + sessions/100.0/6},
		{"20 a second, two processes", steady(20), 2, 2 * sessions / 20.0},
		{"100 a second, two processes", steady(100), 2, 2 * sessions / 100.0},
	}
	for _, test := range tests {
		for _, header := range []string{"none", "1s", "10s"} {
			t.Run(fmt.Sprintf("%s, Retry-After %s", test.name, header), func(t *testing.T) {
				t.Parallel()
				var ratio, refused, slowest float64
				for seed := range uint64(runs) {
					synctest.Test(t, func(t *testing.T) {
						now := time.Now()
						api := &limitedAPI{limit: test.limit, started: now, updated: now, saved: test.limit(0)}
						took, paused := throttledRun(t, api, test.processes, sessions, asked[header], rand.New(rand.NewPCG(seed, 0)))
						imposed := test.imposed
						if header == "10s" {
							imposed += paused.Seconds()
						}
						last := slices.Max(took).Seconds() / imposed
						ratio += last / runs
						refused += 100 * float64(api.refusals) / float64(api.calls) / runs
						slowest = max(slowest, last)
					})
				}
				t.Logf("%.2f of the time that the limit imposes (at worst %.2f), %.1f%% refused", ratio, slowest, refused)
				if ratio > 1.10 {
					t.Errorf("took %.2f times what the limit imposes, want at most 1.10", ratio)
				}
				if refused >= 5 {
					t.Errorf("%.1f%% of the calls were refused, want under 5%%", refused)
				}
				if slowest > 4 {
					t.Errorf("one run took %.2f times what the limit imposes: a process starved", slowest)
				}
			})
		}
	}
}
