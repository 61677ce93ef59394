package main

import (
	"maps"
	"net/http"
	"strings"
	"sync"
)

// traffic counts what went over the wire: the media types of bodies and answers, and which kinds of watches were asked for.
type traffic struct {
	mutex  sync.Mutex
	counts map[string]int
}

type roundTripper func(*http.Request) (*http.Response, error)

func (do roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return do(request) }

func (t *traffic) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		if sent := request.Header.Get("Content-Type"); sent != "" {
			t.count("sent " + mediaType(sent))
		}
		if request.URL.Query().Get("sendInitialEvents") == "true" {
			t.count("streaming list")
		}
		response, err := next.RoundTrip(request)
		if err == nil {
			t.count("received " + mediaType(response.Header.Get("Content-Type")))
			if response.StatusCode >= 500 {
				t.count("server error")
			}
		}
		return response, err
	})
}

func mediaType(header string) string {
	name, _, _ := strings.Cut(header, ";")
	return name
}

func (t *traffic) count(what string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.counts[what]++
}

func (t *traffic) snapshot() map[string]int {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return maps.Clone(t.counts)
}
