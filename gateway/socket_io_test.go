package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
)

func poolOf(dials ...string) reverseproxy.UpstreamPool {
	pool := make(reverseproxy.UpstreamPool, len(dials))
	for i, dial := range dials {
		pool[i] = &reverseproxy.Upstream{Host: new(reverseproxy.Host), Dial: dial}
	}
	return pool
}

func request(query string) *http.Request {
	return httptest.NewRequest("GET", "/socket.io/?"+query, nil)
}

// These are known to the service too (docs/decisions/0008): neither side changes alone.
func TestTagIsTheBeginningOfTheAddressHashed(t *testing.T) {
	for address, tag := range map[string]string{
		"127.0.0.1:3001": "2b6ff2667361",
		"service:3001":   "67789ec58972",
		"[::1]:3001":     "d7b2405188ec",
	} {
		if got := tagOf(address); got != tag {
			t.Errorf("the tag of %s is %s, not %s", address, got, tag)
		}
	}
}

func TestTheAddressIsHostAndPortHoweverTheUpstreamIsWritten(t *testing.T) {
	for dial, address := range map[string]string{
		"127.0.0.1:3001":   "127.0.0.1:3001",
		"tcp/service:3001": "service:3001",
		"[::1]:3001":       "[::1]:3001",
	} {
		if got := addressOf(&reverseproxy.Upstream{Dial: dial}); got != address {
			t.Errorf("the address of %s is %s, not %s", dial, got, address)
		}
	}
}

func TestAConnectionStaysWithItsInstance(t *testing.T) {
	pool := poolOf("10.0.0.1:3001", "10.0.0.2:3001", "[::1]:3001")
	for _, upstream := range pool {
		for range 20 {
			query := "EIO=4&transport=polling&sid=Zx-9_aQ." + tagOf(upstream.Dial)
			if got := (socketIO{}).Select(pool, request(query), nil); got != upstream {
				t.Fatalf("a connection of %s went to %s", upstream, got)
			}
		}
	}
}

func TestWhatBelongsToNobodyGoesSomewhere(t *testing.T) {
	pool := poolOf("10.0.0.1:3001", "10.0.0.2:3001")
	tag := tagOf("10.0.0.1:3001")
	for _, query := range []string{
		"EIO=4", "sid=", "sid=.", "sid=abc", "sid=abc.", "sid=." + tag[:11], "sid=" + tag, "sid=a." + tag + ".b",
		"sid=abc." + tagOf("10.0.0.3:3001"), "SID=abc." + tag, "sid=%zz." + tag, "sid=abc;." + tag,
	} {
		seen := map[*reverseproxy.Upstream]bool{}
		for range 100 {
			seen[(socketIO{}).Select(pool, request(query), nil)] = true
		}
		if seen[nil] || len(seen) != 2 {
			t.Errorf("%q did not go to both: %v", query, seen)
		}
	}
}

func TestNobodyIsSelectedFromNobody(t *testing.T) {
	for _, query := range []string{"EIO=4", "sid=abc." + tagOf("10.0.0.1:3001")} {
		if got := (socketIO{}).Select(nil, request(query), nil); got != nil {
			t.Errorf("%q went to %s", query, got)
		}
	}
}

func TestThePolicyTakesNoArguments(t *testing.T) {
	for text, right := range map[string]bool{"socket_io": true, "socket_io sid": false} {
		err := new(socketIO).UnmarshalCaddyfile(caddyfile.NewTestDispenser(text))
		if (err == nil) != right {
			t.Errorf("%s: %v", text, err)
		}
	}
}
