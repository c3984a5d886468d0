// Command gateway is Caddy with its standard modules, plus one exporter and one
// load balancing policy (socket_io.go).
//
// Stock Caddy writes its spans as OTLP only. Zipkin takes Zipkin spans, so this
// main teaches Caddy's own exporter switch one more name:
// OTEL_TRACES_EXPORTER=zipkin. Where to is OTEL_EXPORTER_ZIPKIN_ENDPOINT.
package main

import (
	"context"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel/exporters/zipkin"
	"go.opentelemetry.io/otel/sdk/trace"
)

func main() {
	autoexport.RegisterSpanExporter("zipkin", func(context.Context) (trace.SpanExporter, error) {
		return zipkin.New("") // empty: the exporter reads OTEL_EXPORTER_ZIPKIN_ENDPOINT itself
	})
	caddycmd.Main()
}
