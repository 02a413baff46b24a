//go:build !linux

package postgrestest

import "syscall"

// credential is whom a server runs as.
type credential struct{ Uid, Gid uint32 }

// account is nil: a server runs as this process does, which must not be root.
func account() *credential { return nil }

func attributes(*credential) *syscall.SysProcAttr { return nil }
