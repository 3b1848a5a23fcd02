// Golog reads a log with other people's code: checkpoints with golang.org/x/mod/sumdb/note, tiles and proofs
// with golang.org/x/mod/sumdb/tlog. It proves every entry against the signed root.
//
// sumdb/tlog names tiles "tile/8/<L>/<N>" where C2SP tlog-tiles says "tile/<L>/<N>"; the hashes in them are the
// same, so only the path is adapted.
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

// folderTiles serves tiles of hashes from a log's folder.
type folderTiles struct {
	folder string
	read   map[string][]byte
}

func (tiles *folderTiles) Height() int { return tileHeight }

// SaveTiles is called with tiles that proved authentic.
func (tiles *folderTiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (tiles *folderTiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		bytes, known := tiles.read[path]
		if !known {
			var err error
			if bytes, err = os.ReadFile(filepath.Join(tiles.folder, path)); err != nil {
				return nil, err
			}
			tiles.read[path] = bytes
		}
		data = append(data, bytes)
	}
	return data, nil
}

// openCheckpoint verifies the signed tree head and returns its tree.
func openCheckpoint(folder, key string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return tlog.Tree{}, err
	}
	text, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return tlog.Tree{}, err
	}
	signed, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %w", err)
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return tlog.Tree{}, errors.New("checkpoint: not three lines under the verifier's name")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %w", err)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %w", err)
	}
	return tlog.Tree{N: size, Hash: root}, nil
}

// readBundle returns the entries of one bundle.
func readBundle(folder string, index int64, width int) ([][]byte, error) {
	tile := tlog.Tile{H: tileHeight, L: -1, N: index, W: width}
	path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
	bytes, err := os.ReadFile(filepath.Join(folder, path))
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(bytes) > 0 {
		if len(bytes) < 2 || len(bytes)-2 < int(binary.BigEndian.Uint16(bytes)) {
			return nil, fmt.Errorf("%s: cut off", path)
		}
		end := 2 + int(binary.BigEndian.Uint16(bytes))
		entries = append(entries, bytes[2:end])
		bytes = bytes[end:]
	}
	if len(entries) != width {
		return nil, fmt.Errorf("%s: %d entries where %d belong", path, len(entries), width)
	}
	return entries, nil
}

// entryHashes are the hashes of the tree, computed from the entries alone.
type entryHashes []tlog.Hash

func (hashes entryHashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	wanted := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		wanted[i] = hashes[index]
	}
	return wanted, nil
}

func hashEntries(folder string, size int64) (entryHashes, error) {
	var hashes entryHashes
	for first := int64(0); first < size; first += 1 << tileHeight {
		width := min(size-first, 1<<tileHeight)
		entries, err := readBundle(folder, first>>tileHeight, int(width))
		if err != nil {
			return nil, err
		}
		for i, entry := range entries {
			more, err := tlog.StoredHashes(first+int64(i), entry, hashes)
			if err != nil {
				return nil, err
			}
			hashes = append(hashes, more...)
		}
	}
	return hashes, nil
}

// compareTiles holds every tile of the tree against the hashes that the entries give.
func compareTiles(tree tlog.Tree, tiles *folderTiles, hashes entryHashes) error {
	for _, tile := range tlog.NewTiles(tileHeight, 0, tree.N) {
		expected, err := tlog.ReadTileData(tile, hashes)
		if err != nil {
			return err
		}
		found, err := tiles.ReadTiles([]tlog.Tile{tile})
		if err != nil {
			return err
		}
		if string(found[0]) != string(expected) {
			return fmt.Errorf("level %d, tile %d: not the hashes of the entries", tile.L, tile.N)
		}
	}
	return nil
}

// proveEntries checks an inclusion proof for every entry; for some the proof is made from the tiles, which takes longer.
func proveEntries(tree tlog.Tree, hashes entryHashes, reader tlog.HashReader) error {
	for index := int64(0); index < tree.N; index++ {
		source := tlog.HashReader(hashes)
		if index%61 == 0 || index == tree.N-1 {
			source = reader
		}
		proof, err := tlog.ProveRecord(tree.N, index, source)
		if err != nil {
			return err
		}
		leaf := hashes[tlog.StoredHashIndex(0, index)]
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf); err != nil {
			return fmt.Errorf("entry %d: %w", index, err)
		}
	}
	return nil
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

// proveConsistency checks that trees of some earlier sizes are prefixes of the signed one.
func proveConsistency(tree tlog.Tree, reader tlog.HashReader) error {
	for size := int64(1); size < tree.N; size = size*3 + 1 {
		old, err := tlog.TreeHash(size, reader)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveTree(tree.N, size, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, size, old); err != nil {
			return fmt.Errorf("size %d: %w", size, err)
		}
	}
	return nil
}

func run(folder, key string) error {
	tree, err := openCheckpoint(folder, key)
	if err != nil {
		return err
	}
	tiles := &folderTiles{folder: folder, read: map[string][]byte{}}
	reader := tlog.TileHashReader(tree, tiles)
	hashes, err := hashEntries(folder, tree.N)
	if err != nil {
		return err
	}
	root, err := tlog.TreeHash(tree.N, hashes)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return errors.New("the entries do not give the signed root")
	}
	if err := compareTiles(tree, tiles, hashes); err != nil {
		return err
	}
	if err := proveEntries(tree, hashes, reader); err != nil {
		return err
	}
	if err := proveConsistency(tree, reader); err != nil {
		return err
	}
	fmt.Printf("golog: %d entries proved against the signed root %s\n", tree.N, tree.Hash)
	return nil
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: golog FOLDER VERIFIER_KEY")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "golog:", err)
		os.Exit(1)
	}
}
