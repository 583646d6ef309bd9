package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"unsafe"
)

// largestPacket is more than the MTU that any of the devices is given.
const largestPacket = 65536

// device is a TUN device: each read and each write is one IP packet, without a header of the driver's own.
type device struct {
	name string
	lock sync.Mutex
	file *os.File
}

func openDevice(name string) (*device, error) {
	file, err := openTUN(name)
	return &device{name: name, file: file}, err
}

func (d *device) current() *os.File {
	d.lock.Lock()
	defer d.lock.Unlock()
	return d.file
}

// Read waits for the next packet, on a new device where the old one has gone.
func (d *device) Read(buffer []byte) (int, error) {
	for {
		file := d.current()
		size, err := file.Read(buffer)
		if err == nil {
			return size, nil
		}
		if err := d.replace(file, err); err != nil {
			return 0, err
		}
	}
}

// Write drops the packet where nobody can take it: the device is down (EIO), or gone.
func (d *device) Write(packet []byte) error {
	file := d.current()
	if _, err := file.Write(packet); err != nil && !errors.Is(err, syscall.EIO) {
		return d.replace(file, err)
	}
	return nil
}

// replace makes the device anew after its network namespace went away (EBADFD); any other error stays one.
func (d *device) replace(gone *os.File, why error) error {
	d.lock.Lock()
	defer d.lock.Unlock()
	if d.file != gone {
		return nil // The other direction was quicker.
	}
	if !errors.Is(why, syscall.EBADFD) {
		return fmt.Errorf("device %s: %w", d.name, why)
	}
	file, err := openTUN(d.name)
	if err != nil {
		return err
	}
	d.file = file
	return gone.Close()
}

// openTUN makes the device; it lives as long as the file is open. Go's runtime polls a file only if it does not block.
func openTUN(name string) (*os.File, error) {
	descriptor, err := syscall.Open("/dev/net/tun", syscall.O_RDWR|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("/dev/net/tun: %w", err)
	}
	// struct ifreq: 16 bytes of name, then the flags.
	var request [40]byte
	copy(request[:syscall.IFNAMSIZ-1], name)
	binary.NativeEndian.PutUint16(request[syscall.IFNAMSIZ:], syscall.IFF_TUN|syscall.IFF_NO_PI)
	argument := uintptr(unsafe.Pointer(&request))
	if _, _, number := syscall.Syscall(syscall.SYS_IOCTL, uintptr(descriptor), syscall.TUNSETIFF, argument); number != 0 {
		_ = syscall.Close(descriptor)
		return nil, fmt.Errorf("device %s cannot be made: %w", name, number)
	}
	return os.NewFile(uintptr(descriptor), name), nil
}
