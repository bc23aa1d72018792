package simulator

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"image"
	"image/color"
	"image/jpeg"
	"math"
)

// Names of the pictures that a liveness check can take.
const (
	pictureFar    = "far.jpg"
	pictureNear   = "near.jpg"
	pictureSilent = "silent.jpg"
)

// pictureNames are the names of the pictures, in order.
var pictureNames = []string{pictureFar, pictureNear, pictureSilent}

// picture returns the picture of this name as a JPEG: what the end user's camera
// took, or the drawn face where it took none. Everything that shows, hands out or
// archives a picture gets it here.
func (x *session) picture(name string) []byte {
	if x.capture != nil {
		return x.capture
	}
	return draw(x.id, name)
}

// auditImages returns the session's pictures as a ZIP file.
func (x *session) auditImages() []byte {
	var buffer bytes.Buffer
	archive := zip.NewWriter(&buffer)
	for _, name := range pictureNames {
		file, err := archive.Create(name)
		must(err)
		_, err = file.Write(x.picture(name))
		must(err)
	}
	must(archive.Close())
	return buffer.Bytes()
}

// video returns the session's pictures as a motion JPEG: one after the other.
func (x *session) video() []byte {
	var frames []byte
	for _, name := range pictureNames {
		frames = append(frames, x.picture(name)...)
	}
	return frames
}

// Size of a drawn picture in pixels.
const (
	drawnWidth  = 240
	drawnHeight = 320
)

// zooms are the sizes of the face in the drawn pictures.
var zooms = map[string]float64{pictureFar: 1, pictureNear: 1.35, pictureSilent: 1.15}

// draw returns the picture of this name as a JPEG: the face of a person who is
// not there. The session's id decides the colours.
func draw(id, name string) []byte {
	face := portrait(sha256.Sum256([]byte(id)))
	unit := drawnWidth / 2 * zooms[name] // in pixels; the origin is the centre
	picture := image.NewRGBA(image.Rect(0, 0, drawnWidth, drawnHeight))
	for y := range drawnHeight {
		for x := range drawnWidth {
			u, v := float64(x-drawnWidth/2)/unit, float64(y-drawnHeight/2)/unit
			picture.SetRGBA(x, y, face.at(u, v, unit))
		}
	}
	var buffer bytes.Buffer
	must(jpeg.Encode(&buffer, picture, &jpeg.Options{Quality: 90}))
	return buffer.Bytes()
}

// shape is a filled ellipse.
type shape struct {
	x, y, width, height float64 // centre, and half the axes
	fill                color.RGBA
}

// coverage returns how much of the pixel at a point the shape covers, 0 to 1:
// its edge is smooth. unit is the length of 1 in pixels.
func (s shape) coverage(u, v, unit float64) float64 {
	dx, dy := (u-s.x)/s.width, (v-s.y)/s.height
	squared := dx*dx + dy*dy
	switch {
	case squared < 0.5:
		return 1
	case squared > 1.5:
		return 0
	}
	return min(max(0.5+(1-math.Sqrt(squared))*min(s.width, s.height)*unit, 0), 1)
}

// drawing is shapes on a ground. A later shape covers those before it.
type drawing struct {
	ground color.RGBA
	shapes []shape
}

// at returns the colour of the pixel at a point.
func (d drawing) at(u, v, unit float64) color.RGBA {
	colour := d.ground
	for _, s := range d.shapes {
		if share := s.coverage(u, v, unit); share > 0 {
			colour = mix(colour, s.fill, share)
		}
	}
	return colour
}

// mix returns a colour between two, as far from the first as share says.
func mix(from, to color.RGBA, share float64) color.RGBA {
	channel := func(a, b uint8) uint8 { return uint8(float64(a) + (float64(b)-float64(a))*share) }
	return color.RGBA{channel(from.R, to.R), channel(from.G, to.G), channel(from.B, to.B), 0xff}
}

// portrait returns a friendly face in the colours of a seed.
func portrait(seed [sha256.Size]byte) drawing {
	ground := color.RGBA{0x50 + seed[0]/3, 0x60 + seed[1]/3, 0x70 + seed[2]/3, 0xff}
	shirt := color.RGBA{0x20 + seed[3]/2, 0x28 + seed[4]/2, 0x40 + seed[5]/2, 0xff}
	tone := seed[6] / 2
	skin := color.RGBA{0xf0 - tone/2, 0xc8 - tone/2, 0xa8 - tone/2, 0xff}
	shade := color.RGBA{skin.R - 0x18, skin.G - 0x18, skin.B - 0x18, 0xff}
	hair := color.RGBA{0x20 + seed[7]/4, 0x18 + seed[7]/6, 0x14 + seed[7]/8, 0xff}
	ink := color.RGBA{0x24, 0x20, 0x22, 0xff}
	lips := color.RGBA{0xa8 - tone/3, 0x50, 0x50, 0xff}
	return drawing{ground, []shape{
		{0, 1.35, 0.85, 0.62, shirt},
		{0, -0.22, 0.56, 0.62, hair},
		{0, 0.62, 0.2, 0.4, shade},     // neck
		{-0.5, 0.02, 0.09, 0.15, skin}, // ears
		{0.5, 0.02, 0.09, 0.15, skin},
		{0, 0, 0.48, 0.62, skin},
		{0, -0.56, 0.36, 0.16, hair},
		{-0.18, -0.06, 0.055, 0.055, ink},
		{0.18, -0.06, 0.055, 0.055, ink},
		{-0.18, -0.2, 0.11, 0.025, hair}, // brows
		{0.18, -0.2, 0.11, 0.025, hair},
		{0, 0.1, 0.055, 0.1, shade}, // nose
		{0, 0.32, 0.2, 0.09, lips},
		{0, 0.27, 0.21, 0.075, skin}, // covers the upper half: a smile
	}}
}

// must panics on an error that cannot be: a buffer takes all that is written.
func must(err error) {
	if err != nil {
		panic("simulator: " + err.Error())
	}
}
