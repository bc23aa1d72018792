package simulator

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
)

// Names of the pictures that a liveness check can take.
const (
	pictureFar    = "far.jpg"
	pictureNear   = "near.jpg"
	pictureSilent = "silent.jpg"
)

// capture is what an end user has submitted: the personal data that an erasure
// has to take away.
type capture struct {
	person   string            // decides what the pictures look like
	pictures map[string][]byte // JPEG, by name; drawn when first asked for
}

// newCapture returns the pictures of a person who is not there.
func newCapture(person string) *capture {
	return &capture{person: person, pictures: make(map[string][]byte)}
}

// radii are the sizes of the face in the pictures.
var radii = map[string]int{pictureFar: 8, pictureNear: 14, pictureSilent: 11}

// picture returns the picture of this name. Most are never asked for, and
// drawing is the slowest thing that happens here.
func (c *capture) picture(name string) ([]byte, bool) {
	radius, ok := radii[name]
	if !ok {
		return nil, false
	}
	if c.pictures[name] == nil {
		c.pictures[name] = draw(c.person, radius)
	}
	return c.pictures[name], true
}

// draw returns a JPEG of a round face of the given radius. The person decides
// the colours.
func draw(person string, radius int) []byte {
	const width, height = 32, 40
	seed := sha256.Sum256([]byte(person))
	wall := color.RGBA{seed[0] / 2, seed[1] / 2, seed[2] / 2, 0xff}
	face := color.RGBA{0x80 + seed[3]/2, 0x80 + seed[4]/2, 0x80 + seed[5]/2, 0xff}
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			dx, dy := x-width/2, y-height/2
			if dx*dx+dy*dy <= radius*radius {
				picture.SetRGBA(x, y, face)
			} else {
				picture.SetRGBA(x, y, wall)
			}
		}
	}
	var buffer bytes.Buffer
	if err := jpeg.Encode(&buffer, picture, nil); err != nil { // A buffer takes all.
		panic("simulator: drawing: " + err.Error())
	}
	return buffer.Bytes()
}

// padded makes a picture at least n bytes long. Viewers ignore what follows the
// end of a JPEG.
func padded(picture []byte, n int) []byte {
	if len(picture) >= n {
		return picture
	}
	return append(slices.Clip(picture), make([]byte, n-len(picture))...)
}

// pictureNames are the names of the pictures, in order.
var pictureNames = []string{pictureFar, pictureNear, pictureSilent}

// audit returns the pictures as a ZIP file.
func (c *capture) audit() ([]byte, error) {
	var buffer bytes.Buffer
	archive := zip.NewWriter(&buffer)
	for _, name := range pictureNames {
		picture, _ := c.picture(name)
		file, err := archive.Create(name)
		if err != nil {
			return nil, fmt.Errorf("audit images: %w", err)
		}
		if _, err := file.Write(picture); err != nil {
			return nil, fmt.Errorf("audit images: %w", err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, fmt.Errorf("audit images: %w", err)
	}
	return buffer.Bytes(), nil
}

// video returns the pictures as a motion JPEG: one after the other.
func (c *capture) video() []byte {
	var frames []byte
	for _, name := range pictureNames {
		picture, _ := c.picture(name)
		frames = append(frames, picture...)
	}
	return frames
}
