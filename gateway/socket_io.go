package main

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
)

// 48 bits: no two instances of a service share a tag by chance.
const tagLength = 12

func init() {
	caddy.RegisterModule(socketIO{})
}

// socketIO is the load balancing policy "socket_io": it keeps a Socket.IO client
// with its instance. Over HTTP long-polling a connection is many requests, and
// only the instance that opened it knows it. What all clients send back with each
// of them, cookie jar or not, is the connection's id, the query's sid. So the
// instance ends each id in "." and its tag (see tagOf), which it learns from the
// header X-Gateway-Upstream (Caddyfile).
//
// A new connection goes to the instance that has the fewest. So does one whose
// instance is down or unknown here: the one that gets it answers 400 "Session ID
// unknown" at once, and the client connects anew.
type socketIO struct {
	fewest reverseproxy.LeastConnSelection
}

// CaddyModule tells Caddy the policy's name.
func (socketIO) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.reverse_proxy.selection_policies.socket_io",
		New: func() caddy.Module { return new(socketIO) },
	}
}

// UnmarshalCaddyfile reads `lb_policy socket_io`, which takes no arguments.
func (*socketIO) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if d.NextArg() {
		return d.ArgErr()
	}
	return nil
}

// Select gives the upstream for a request; nil when none is available.
func (s socketIO) Select(pool reverseproxy.UpstreamPool, request *http.Request, response http.ResponseWriter) *reverseproxy.Upstream {
	if tag, found := tagIn(request); found {
		for _, upstream := range pool {
			if tagOf(addressOf(upstream)) == tag && upstream.Available() {
				return upstream
			}
		}
	}
	return s.fewest.Select(pool, request, response)
}

// tagIn gives the tag of the instance that the request's connection belongs to,
// if it belongs to one.
func tagIn(request *http.Request) (string, bool) {
	sid := request.URL.Query().Get("sid")
	dot := strings.LastIndexByte(sid, '.')
	return sid[dot+1:], dot >= 0
}

// tagOf gives the tag of the instance at an address. The service computes the same.
func tagOf(address string) string {
	sum := sha256.Sum256([]byte(address))
	return hex.EncodeToString(sum[:tagLength/2])
}

// addressOf gives what Caddy says of an upstream as
// {http.reverse_proxy.upstream.hostport}: the address without its network.
func addressOf(upstream *reverseproxy.Upstream) string {
	address, err := caddy.ParseNetworkAddress(upstream.Dial)
	if err != nil {
		return upstream.Dial
	}
	return address.JoinHostPort(0)
}

var (
	_ reverseproxy.Selector = (*socketIO)(nil)
	_ caddyfile.Unmarshaler = (*socketIO)(nil)
)
