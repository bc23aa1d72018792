package simulator

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"image"
	"image/color"
	"image/jpeg"
)

// Names of the pictures that a liveness check can take.
const (
	pictureFar    = "far.jpg"
	pictureNear   = "near.jpg"
	pictureSilent = "silent.jpg"
)

// pictureNames are the names of the pictures, in order.
var pictureNames = []string{pictureFar, pictureNear, pictureSilent}

// radii are the sizes of the face in the pictures.
var radii = map[string]int{pictureFar: 8, pictureNear: 14, pictureSilent: 11}

// draw returns the picture of this name as a JPEG: the round face of a person
// who is not there. The session's id decides the colours.
func draw(id, name string) []byte {
	const width, height = 32, 40
	radius := radii[name]
	seed := sha256.Sum256([]byte(id))
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
	must(jpeg.Encode(&buffer, picture, nil))
	return buffer.Bytes()
}

// auditImages returns a session's pictures as a ZIP file.
func auditImages(id string) []byte {
	var buffer bytes.Buffer
	archive := zip.NewWriter(&buffer)
	for _, name := range pictureNames {
		file, err := archive.Create(name)
		must(err)
		_, err = file.Write(draw(id, name))
		must(err)
	}
	must(archive.Close())
	return buffer.Bytes()
}

// video returns a session's pictures as a motion JPEG: one after the other.
func video(id string) []byte {
	var frames []byte
	for _, name := range pictureNames {
		frames = append(frames, draw(id, name)...)
	}
	return frames
}

// must panics on an error that cannot be: a buffer takes all that is written.
func must(err error) {
	if err != nil {
		panic("simulator: " + err.Error())
	}
}
