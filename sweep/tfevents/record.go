package tfevents

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// ErrCutOff says that a file ends within a record: it is still being written, or its
// writer was stopped.
var ErrCutOff = errors.New("it ends within a record")

// maxRecord bounds the length of a record. TensorBoard's images and graphs reach some
// megabytes.
const maxRecord = 1 << 28

// recordFrame is how many bytes a record has beside its data.
const recordFrame = 16

// readRecord returns the data of the next record, io.EOF at the end. The format is that
// of TFRecord: length, masked CRC-32C of these 8 bytes, data, masked CRC-32C of the data,
// all little-endian.
func readRecord(r io.Reader) ([]byte, error) {
	var header [12]byte
	if _, err := io.ReadFull(r, header[:]); err == io.EOF {
		return nil, io.EOF
	} else if err != nil {
		return nil, cutOff(err)
	}
	length := binary.LittleEndian.Uint64(header[:])
	if masked(header[:8]) != binary.LittleEndian.Uint32(header[8:]) {
		return nil, errors.New("it is no event file of TensorBoard, or damaged: the checksum of a record's length is wrong")
	}
	if length > maxRecord {
		return nil, fmt.Errorf("a record has %d bytes, more than the %d that are allowed", length, maxRecord)
	}
	data, err := io.ReadAll(io.LimitReader(r, int64(length)+4)) // which takes memory for what is there, whatever length says
	switch {
	case err != nil:
		return nil, err
	case uint64(len(data)) < length+4:
		return nil, ErrCutOff
	case masked(data[:length]) != binary.LittleEndian.Uint32(data[length:]):
		return nil, errors.New("it is damaged: the checksum of a record is wrong")
	}
	return data[:length], nil
}

func cutOff(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrCutOff
	}
	return err
}

// writeRecord writes data as a record.
func writeRecord(w io.Writer, data []byte) error {
	record := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	record = binary.LittleEndian.AppendUint32(record, masked(record))
	record = append(record, data...)
	record = binary.LittleEndian.AppendUint32(record, masked(data))
	_, err := w.Write(record)
	return err
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is the CRC-32C of b, rotated and moved as TFRecord does it, since the CRC of
// bytes that hold CRCs says little.
func masked(b []byte) uint32 {
	sum := crc32.Checksum(b, castagnoli)
	return (sum>>15 | sum<<17) + 0xa282ead8
}
