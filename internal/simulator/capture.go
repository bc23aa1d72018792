package simulator

import (
	"bytes"
	"errors"
	"image/jpeg"
	"io"
	"net/http"
	"slices"
)

// Limits of a picture that the page sends.
const (
	maxPicture = 1 << 20 // bytes
	maxPixels  = 1 << 23 // about 8 megapixels: a picture of 4K
)

// maxCaptures is the most that is held of all pictures together, in bytes. The
// guide names it.
const maxCaptures = 256 << 20

// maxForm is the most that the page's form may have: its picture and a few
// fields.
const maxForm = maxPicture + 64<<10

// errPicture says that what was sent for a picture is none.
var errPicture = errors.New("not a JPEG within the limits")

// postedPicture returns the JPEG that a form was sent with, nil where there is
// none. It is decoded as a whole: what is handed on as a picture of a face must
// be one.
func postedPicture(r *http.Request) ([]byte, error) {
	file, _, err := r.FormFile("picture")
	switch {
	case errors.Is(err, http.ErrMissingFile), errors.Is(err, http.ErrNotMultipart):
		return nil, nil
	case err != nil:
		return nil, err
	}
	defer file.Close()
	picture, err := io.ReadAll(file)
	if err != nil || len(picture) == 0 { // A browser sends an empty file where none was chosen.
		return nil, err
	}
	config, err := jpeg.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		return nil, err
	}
	if len(picture) > maxPicture || int64(config.Width)*int64(config.Height) > maxPixels {
		return nil, errPicture
	}
	_, err = jpeg.Decode(bytes.NewReader(picture))
	return picture, err
}

// submit ends a session as the end user does on the page: with the picture that
// was taken, nil where none was. An outcome without a capture drops it.
func (s *Simulator) submit(id string, chosen pageOutcome, capture []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found, ok := s.store.find(id); ok && found.state == StateIssued {
		s.store.keepCapture(found, capture)
		s.store.note(id, HistoryPage, chosen.told(capture))
	}
	return s.store.finish(id, chosen.outcome)
}

// keepCapture gives a session the picture that was taken. Where too much is held
// then, the oldest sessions lose theirs, and show the drawn face instead.
func (s *store) keepCapture(x *session, capture []byte) {
	x.capture = capture
	held := len(capture)
	for _, other := range slices.Backward(s.order) {
		if other == x {
			continue
		}
		held += len(other.capture)
		if held > maxCaptures && other.capture != nil {
			other.capture = nil
			s.note(other.id, HistoryState, "picture dropped for newer ones")
		}
	}
}
