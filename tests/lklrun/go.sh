#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# go.sh - programs of Go, which are static, have many threads and make system calls
# without a libc, do the same on an image as on the host.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need go mke2fs e2fsck

cat >job.go <<'END'
package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

func must(err error) {
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}

// Each goroutine holds a thread of its own.
func threads(n int) {
	var group sync.WaitGroup
	var ready sync.WaitGroup

	must(os.Mkdir("threads", 0755))
	ready.Add(n)
	for i := 0; i < n; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			runtime.LockOSThread()
			ready.Done()
			ready.Wait()
			name := fmt.Sprintf("threads/%d", i)
			for j := 0; j < 20; j++ {
				text := []byte(fmt.Sprintf("%d %d\n", i, j))
				must(os.WriteFile(name, text, 0644))
				back, err := os.ReadFile(name)
				must(err)
				if !bytes.Equal(text, back) {
					fmt.Println("other content in", name)
				}
				must(os.Rename(name, name+".new"))
				must(os.Rename(name+".new", name))
			}
		}(i)
	}
	group.Wait()
	entries, err := os.ReadDir("threads")
	must(err)
	fmt.Println(len(entries), "entries, the last is", entries[len(entries)-1])
}

func children() {
	self, err := os.Executable()
	must(err)
	for i := 0; i < 5; i++ {
		command := exec.Command(self, "child")
		command.Stdin = bytes.NewReader([]byte("through a pipe"))
		out, err := command.CombinedOutput()
		fmt.Println(string(out), err)
	}
	_, err = exec.Command("./nothing").Output()
	fmt.Println(err)
	must(os.WriteFile("script", []byte("#!"+self+" child\n"), 0755))
	command := exec.Command("./script")
	command.Dir = "."
	command.Env = append(os.Environ(), "CHILD=yes")
	out, err := command.Output()
	fmt.Println(string(out), err)
}

func child() {
	text, err := io.ReadAll(os.Stdin)
	must(err)
	fmt.Printf("child of %d arguments: %q %q", len(os.Args), text, os.Getenv("CHILD"))
	os.Exit(3)
}

func sockets() {
	listener, err := net.Listen("unix", "socket")
	must(err)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(connection, connection)
				connection.Close()
			}()
		}
	}()
	for i := 0; i < 10; i++ {
		connection, err := net.Dial("unix", "socket")
		must(err)
		fmt.Fprintf(connection, "message %d", i)
		must(connection.(*net.UnixConn).CloseWrite())
		text, err := io.ReadAll(connection)
		must(err)
		if string(text) != fmt.Sprintf("message %d", i) {
			fmt.Println("the echo is", string(text))
		}
		connection.Close()
	}
	listener.Close()
	server, err := net.ListenPacket("unixgram", "datagrams")
	must(err)
	client, err := net.ListenPacket("unixgram", "client")
	must(err)
	_, err = client.WriteTo([]byte("datagram"), server.LocalAddr())
	must(err)
	buffer := make([]byte, 100)
	n, from, err := server.ReadFrom(buffer)
	must(err)
	_, err = server.WriteTo(buffer[:n], from)
	must(err)
	n, _, err = client.ReadFrom(buffer)
	must(err)
	fmt.Println("back:", string(buffer[:n]))
}

func mappings() {
	const size = 1 << 20

	file, err := os.OpenFile("mapped", os.O_RDWR|os.O_CREATE, 0644)
	must(err)
	must(file.Truncate(size))
	data, err := syscall.Mmap(int(file.Fd()), 0, size,
		syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	must(err)
	for i := range data {
		data[i] = byte(i * i >> 8)
	}
	must(syscall.Munmap(data))
	must(file.Sync())
	must(file.Close())
	in, err := os.Open("mapped")
	must(err)
	out, err := os.Create("copy")
	must(err)
	n, err := io.Copy(out, in)
	fmt.Println("copied", n, err)
	must(out.Close())
}

func walk() {
	must(os.MkdirAll("tree/a/b/c", 0755))
	for _, name := range []string{"tree/x", "tree/a/y", "tree/a/b/c/z"} {
		must(os.WriteFile(name, []byte(name), 0600))
	}
	must(os.Symlink("a/y", "tree/link"))
	must(os.Link("tree/x", "tree/hard"))
	must(os.Chtimes("tree/x", time.Unix(5, 6), time.Unix(7, 8)))
	must(filepath.WalkDir("tree", func(path string, entry fs.DirEntry, err error) error {
		must(err)
		info, err := entry.Info()
		must(err)
		fmt.Println(path, info.Mode(), info.Sys().(*syscall.Stat_t).Nlink)
		return nil
	}))
	info, err := os.Stat("tree/x")
	must(err)
	fmt.Println(info.ModTime().UnixNano())
	_, err = os.Stat("tree/missing")
	fmt.Println(os.IsNotExist(err), err)
	must(os.RemoveAll("tree/a"))
	temporary, err := os.MkdirTemp(".", "temporary")
	must(err)
	must(os.Remove(temporary))
	lock, err := os.Create("lock")
	must(err)
	must(syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB))
	other, err := os.Open("lock")
	must(err)
	fmt.Println(syscall.Flock(int(other.Fd()), syscall.LOCK_EX|syscall.LOCK_NB))
	working, err := os.Getwd()
	must(err)
	fmt.Println(filepath.IsAbs(working))
}

// The runtime itself sends signals to its threads.
func signals() {
	channel := make(chan os.Signal, 1)
	signal.Notify(channel, syscall.SIGUSR1)
	must(syscall.Kill(os.Getpid(), syscall.SIGUSR1))
	fmt.Println(<-channel)
	var group sync.WaitGroup
	for i := 0; i < 8; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for end := time.Now().Add(200 * time.Millisecond); time.Now().Before(end); {
				os.Stat("tree")
				runtime.GC()
			}
		}()
	}
	group.Wait()
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "child" {
		child()
	}
	must(os.MkdirAll(os.Args[1], 0755))
	must(os.Chdir(os.Args[1]))
	threads(50)
	children()
	sockets()
	mappings()
	walk()
	signals()
}
END
export GOCACHE=$PWD/cache GOPATH=$PWD/path GO111MODULE=off CGO_ENABLED=0 GOFLAGS=
run_check go build -o job job.go >&3
run_check ./job host >host.out
make_user_image image 128M
run_check timeout 300 lklrun -i image --at=/mnt -- ./job /mnt/work >image.out
check_same image.out host.out "what it prints"
[ "$(wc -l <image.out)" -ge 20 ] || die "it prints little"

# From the image itself: the loader starts it, and its children.
run_check lklrun -i image --at=/mnt -- mkdir /mnt/proc /mnt/dev
run_check cptofs -i image -p job /
run_check timeout 300 lklrun -i image --root --fake-root -- /job /again >again.out
check_same again.out host.out "what it prints as root's program"
run_check e2fsck -fn image >&3
rm -f host/{socket,datagrams,client}
run_check lklrun -i image --at=/mnt -- rm -f /mnt/work/{socket,datagrams,client}
check_tree image /work
