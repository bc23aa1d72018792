package provider_test

import (
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
)

const (
	// A call costs 224 allocations. The limit leaves a margin for the next
	// versions of net/http and encoding/json and for the race detector. A
	// json.Decoder at each level of the response made it 394.
	maxAllocationsOfCall = 300

	// Bytes that may be allocated for each byte of an image, from the response
	// to the state that Terraform gets. It costs 9, or 13 with the race detector,
	// the decoding in the test included; a json.Decoder that reads the images
	// made it 18, one at each level 27.
	maxAllocatedPerByte = 15
)

// respond is a transport that answers every request with a result of the session
// "s", with this image.
func respond(image string) transport {
	result := `{"code": "SUCCESS", "message": "OK", "transactionId": "t", "data": {
		"signatureId": "s", "overallResult": "PASS", "errorCode": "SUCCESS", "countryCodeIso3": "PHL",
		"faceDetail": {"faceResult": "PASS", "faceLivenessScore": 99.5, "faceImage": "` + image + `"},
		"inputParameters": {"bizId": "b", "userId": "u", "region": "PHL"}}}`
	return func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(result)), Request: r}, nil
	}
}

//nolint:paralleltest // Allocations are counted for the whole process.
func TestBudget_allocations(t *testing.T) {
	client, err := advance.New(advance.Config{
		Endpoint:       "https://api.example.com",
		Credentials:    advance.Credentials{AccessToken: "a-token"},
		RequestTimeout: time.Minute,
		Transport:      respond("https://cdn.example.com/1"),
	})
	if err != nil {
		t.Fatal(err)
	}
	got := testing.AllocsPerRun(100, func() {
		if _, err := client.GetResult(t.Context(), "s", advance.ImageURL); err != nil {
			t.Error(err)
		}
	})
	if got > maxAllocationsOfCall {
		t.Errorf("one get-result costs %.0f allocations, want at most %d", got, maxAllocationsOfCall)
	}
}

// TestBudget_images checks that no image outlives its read, and how often a read
// copies it.
//
//nolint:paralleltest // Memory is measured for the whole process.
func TestBudget_images(t *testing.T) {
	const reads, size = 10, 1 << 18
	server := prototest.Configured(t, respond(strings.Repeat("QUJD", size/4)), prototest.Object{
		"access_key": "", "secret_key": "", "access_token": "a-token",
	})
	read := func() {
		state, diags := server.ReadDataSource(t.Context(), "advance_liveness_result", prototest.Object{"signature_id": "s", "return_image_type": "BASE64"})
		face, _ := state["face_detail"].(prototest.Object)
		if image, _ := face["face_image"].(string); len(image) != size {
			t.Fatalf("the image did not arrive whole; diagnostics: %s", diags)
		}
	}
	read() // once only, for what stays
	before := memory()
	for range reads {
		read()
	}
	after := memory()
	if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > size {
		t.Errorf("%d bytes are kept after %d reads of %d bytes, want less than one image", kept, reads, size)
	}
	allocated := float64(after.TotalAlloc-before.TotalAlloc) / reads / size
	if allocated > maxAllocatedPerByte {
		t.Errorf("%.1f bytes are allocated for each byte of an image, want at most %d", allocated, maxAllocatedPerByte)
	}
}

// memory returns the statistics after a collection.
func memory() runtime.MemStats {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats
}
