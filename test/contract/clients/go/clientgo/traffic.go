package main

import (
	"maps"
	"net/http"
	"strings"
	"sync"
)

// traffic counts what went over the wire: the media types of bodies and answers, and which kinds of watches were asked for. It keeps which requests
// asked for protobuf first and were answered in something else.
type traffic struct {
	mutex     sync.Mutex
	counts    map[string]int
	otherwise map[string]string
}

func newTraffic() *traffic {
	return &traffic{counts: map[string]int{}, otherwise: map[string]string{}}
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
			received := mediaType(response.Header.Get("Content-Type"))
			t.count("received " + received)
			if request.URL.Query().Get("watch") == "true" {
				t.count("watch in " + response.Header.Get("Content-Type"))
			}
			if response.StatusCode >= 400 {
				t.count("refused in " + received)
			}
			if asked := request.Header.Get("Accept"); mediaType(asked) == protobufType && received != protobufType {
				t.notAsAsked(request.Method+" "+request.URL.Path, received)
			}
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

func (t *traffic) notAsAsked(request, received string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.otherwise[request] = received
}

func (t *traffic) snapshot() map[string]any {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return map[string]any{"counts": maps.Clone(t.counts), "otherwise": maps.Clone(t.otherwise)}
}
