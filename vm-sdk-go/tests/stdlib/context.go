package stdlib

import (
	"context"
)

type key struct{}

// Context uses package context.
func Context() string {
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, "value"))
	cancel()
	<-ctx.Done()
	return ctx.Value(key{}).(string) + ", " + ctx.Err().Error()
}
