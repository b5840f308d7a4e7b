// A MongoDB-compatible server for the test suite: FerretDB, embedded, on SQLite, on a free loopback port.
//
// Usage: ferretdb STATE_FOLDER. Prints its mongodb:// address as the first line and runs until it is told to end.
//
// The program of the FerretDB module itself panics when it is installed with `go install` (its version file is made
// by its own build scripts), so the embeddable package is used.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "ferretdb:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) != 1 {
		return fmt.Errorf("one argument is wanted: a folder for the data")
	}
	folder, err := filepath.Abs(arguments[0])
	if err != nil {
		return err
	}
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Handler:   "sqlite",
		SQLiteURL: "file:" + folder + "/",
	})
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() { fmt.Println(server.MongoDBURI()) }() // waits for the listener, which Run opens
	return server.Run(ctx)
}
