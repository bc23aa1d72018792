package main

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// The plot has a row of panels for each latency, and a panel for each command.
// Both axes are logarithmic, so that a straight line of slope 1 is linear growth.
const (
	panelWidth  = 250
	panelHeight = 200
	marginLeft  = 46
	marginTop   = 40
	marginLow   = 44
	lineHeight  = 18
)

// colours can be told apart on white and on dark ground, and by people who
// cannot tell red from green (after Okabe and Ito). The floors are gray.
var colours = map[string]string{
	floorBuiltin: "#999999", floorSleep: "#777777", plain: "#1f83c9",
	"result-each": "#d55e00", "results": "#e69f00", "set": "#009e73",
}

const style = `<style>
text { font: 12px sans-serif; fill: #24292f }
.title { font-weight: bold }
.grid { stroke: #d0d7de; stroke-width: 1 }
.line { fill: none; stroke-width: 2 }
.floor { stroke-width: 8; opacity: 0.5 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .grid { stroke: #3d444d } }
</style>
`

// axis maps values to pixels, logarithmically.
type axis struct {
	low, high float64 // values
	from, to  float64 // pixels
}

func (a axis) at(value float64) float64 {
	value = min(max(value, a.low), a.high)
	return a.from + (a.to-a.from)*math.Log(value/a.low)/math.Log(a.high/a.low)
}

// plot returns the plot of the results, an SVG.
func plot(results []result) []byte {
	latencies := distinct(results, func(r result) time.Duration { return r.latency })
	shown := distinct(results, func(r result) string { return r.shape.name })
	width := len(commands)*(marginLeft+panelWidth) + 20
	top := lineHeight * len(shown)
	height := top + len(latencies)*(marginTop+panelHeight+marginLow)

	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, "<title>Seconds of terraform apply, an empty plan and destroy, by number of sessions</title>\n%s", style)
	drawLegend(&b, shown)
	for i, latency := range latencies {
		for j, command := range commands {
			p := newPanel(results, j)
			x, y := float64(marginLeft+j*(marginLeft+panelWidth)), float64(top+marginTop+i*(marginTop+panelHeight+marginLow))
			p.x.from, p.x.to = x, x+panelWidth
			p.y.from, p.y.to = y+panelHeight, y
			p.draw(&b, fmt.Sprintf("%s: seconds, at %v a call", command, latency), shown, latency)
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func drawLegend(b *bytes.Buffer, shown []string) {
	y := 0
	for _, s := range shapes {
		if slices.Contains(shown, s.name) {
			y += lineHeight
			fmt.Fprintf(b, `<path class="%s" stroke="%s" d="M%d %dh24"/><text x="%d" y="%d">%s: %s</text>`+"\n",
				class(s.name), colours[s.name], marginLeft, y-4, marginLeft+30, y, s.name, s.about)
		}
	}
}

// class returns the CSS classes of a shape's line. That of a floor is wide, so
// that it can be seen below another line.
func class(name string) string {
	if name == floorBuiltin || name == floorSleep {
		return "line floor"
	}
	return "line"
}

// panel is the plot of one command at one latency.
type panel struct {
	results []result
	command int // index
	x, y    axis
}

// newPanel chooses the axes so that all latencies have the same.
func newPanel(results []result, command int) panel {
	p := panel{results: results, command: command}
	sizes := distinct(results, func(r result) int { return r.sessions })
	p.x.low, p.x.high = float64(sizes[0])/1.3, float64(sizes[len(sizes)-1])*1.3
	p.y.low, p.y.high = math.Inf(1), 0
	for _, r := range results {
		for _, phase := range r.phases {
			took := phase.took.Seconds()
			p.y.low, p.y.high = min(p.y.low, took), max(p.y.high, took)
		}
	}
	p.y.low, p.y.high = p.y.low/1.3, p.y.high*1.3
	return p
}

func (p panel) draw(b *bytes.Buffer, title string, shown []string, latency time.Duration) {
	fmt.Fprintf(b, `<text class="title" x="%.1f" y="%.1f">%s</text>`+"\n", p.x.from, p.y.to-10, title)
	for _, tick := range ticks(p.y.low, p.y.high) {
		y := p.y.at(tick)
		fmt.Fprintf(b, `<path class="grid" d="M%.1f %.1fH%.1f"/><text x="%.1f" y="%.1f" text-anchor="end">%g</text>`+"\n", p.x.from, y, p.x.to, p.x.from-6, y+4, tick)
	}
	for _, n := range distinct(p.results, func(r result) int { return r.sessions }) {
		x := p.x.at(float64(n))
		fmt.Fprintf(b, `<path class="grid" d="M%.1f %.1fV%.1f"/><text x="%.1f" y="%.1f" text-anchor="middle">%d</text>`+"\n", x, p.y.from, p.y.to, x, p.y.from+16, n)
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="middle">sessions</text>`+"\n", (p.x.from+p.x.to)/2, p.y.from+32)
	for _, name := range shown {
		p.drawLine(b, name, latency)
	}
}

func (p panel) drawLine(b *bytes.Buffer, name string, latency time.Duration) {
	var path, dots bytes.Buffer
	for _, r := range p.results {
		if r.shape.name != name || r.latency != latency {
			continue
		}
		x, y := p.x.at(float64(r.sessions)), p.y.at(r.phases[p.command].took.Seconds())
		move := 'L'
		if path.Len() == 0 {
			move = 'M'
		}
		fmt.Fprintf(&path, "%c%.1f %.1f", move, x, y)
		fmt.Fprintf(&dots, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`, x, y, colours[name])
	}
	if path.Len() > 0 {
		fmt.Fprintf(b, `<path class="%s" stroke="%s" d="%s"/>%s`+"\n", class(name), colours[name], path.Bytes(), dots.Bytes())
	}
}

// ticks returns the values 1, 2 and 5 times the powers of ten from low to high;
// only the powers, if there are more than two between.
func ticks(low, high float64) []float64 {
	factors := []float64{1, 2, 5}
	if high/low > 1000 {
		factors = factors[:1]
	}
	var values []float64
	for power := math.Floor(math.Log10(low)); power <= math.Log10(high); power++ {
		for _, f := range factors {
			if v := f * math.Pow(10, power); v >= low && v <= high {
				values = append(values, v)
			}
		}
	}
	return values
}

// distinct returns the values of a field, each once: numbers in ascending order,
// names in the order of the results.
func distinct[T cmp.Ordered](results []result, field func(result) T) []T {
	var values []T
	for _, r := range results {
		if v := field(r); !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	if _, names := any(values).([]string); !names {
		slices.Sort(values)
	}
	return values
}
