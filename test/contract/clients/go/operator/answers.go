package main

import (
	"net/http"
	"strings"
	"sync"

	"github.com/go-logr/logr"
)

// answers says in the log, once each, which media type was asked for first and which was answered, for API groups that are built in and others.
type answers struct {
	log   logr.Logger
	mutex sync.Mutex
	told  map[[3]string]bool
}

type roundTripper func(*http.Request) (*http.Response, error)

func (do roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return do(request) }

func newAnswers(log logr.Logger) *answers {
	return &answers{log: log, told: map[[3]string]bool{}}
}

func (a *answers) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		response, err := next.RoundTrip(request)
		if err == nil {
			a.tell(apiOf(request.URL.Path), request.Header.Get("Accept"), response.Header.Get("Content-Type"))
		}
		return response, err
	})
}

func (a *answers) tell(group, accept, contentType string) {
	asked, _, _ := strings.Cut(accept, ",")
	key := [3]string{group, asked, contentType}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if !a.told[key] {
		a.told[key] = true
		a.log.Info("answered", "group", group, "asked", asked, "received", contentType)
	}
}

// apiOf is the beginning of a path: /api/v1, /apis/apps/v1.
func apiOf(path string) string {
	parts := strings.SplitN(path, "/", 5)
	length := 3
	if len(parts) > 1 && parts[1] == "apis" {
		length = 4
	}
	return strings.Join(parts[:min(length, len(parts))], "/")
}
