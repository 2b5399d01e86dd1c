// Checks with another implementation (golang.org/x/mod/sumdb: tlog and note) the log that our office published:
// check <folder> reads vkey, first/ and second/: the signatures of both checkpoints, every tile and entry of both, the
// inclusion of entries, and that the second continues the first. Then damages copies of what it read, and must refuse.
package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const leafBytes = 312

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func ours(t tlog.Tile) string { return strings.Replace(t.Path(), "tile/8/", "tile/", 1) }

type reader struct {
	folder string
	damage string // path of a tile that is handed out with one bit changed
}

func (r *reader) Height() int { return 8 }
func (r *reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, t := range tiles {
		data, err := os.ReadFile(filepath.Join(r.folder, ours(t)))
		if err != nil {
			return nil, err
		}
		if ours(t) == r.damage {
			data[len(data)/2] ^= 1
		}
		out = append(out, data)
	}
	return out, nil
}
func (r *reader) SaveTiles([]tlog.Tile, [][]byte) {}

func open(folder string, key string) tlog.Tree {
	signed, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	check(err)
	verifier, err := note.NewVerifier(key)
	check(err)
	n, err := note.Open(signed, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(n.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		log.Fatalf("checkpoint of another form: %q", n.Text)
	}
	var tree tlog.Tree
	_, err = fmt.Sscanf(lines[1], "%d", &tree.N)
	check(err)
	tree.Hash, err = tlog.ParseHash(lines[2])
	check(err)
	altered := bytes.Replace(signed, []byte("\n"+lines[1]+"\n"), []byte("\n"+lines[1]+"0\n"), 1)
	if _, err := note.Open(altered, note.VerifierList(verifier)); err == nil {
		log.Fatal("an altered checkpoint was accepted")
	}
	return tree
}

func entries(folder string, size int64) [][]byte {
	var out [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := 256
		if size-n*256 < 256 {
			width = int(size - n*256)
		}
		name := strings.Replace(ours(tlog.Tile{H: 8, L: 0, N: n, W: width}), "tile/0/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(folder, name))
		check(err)
		for len(data) > 0 {
			length := int(binary.BigEndian.Uint16(data))
			out = append(out, data[2:2+length])
			data = data[2+length:]
		}
	}
	if int64(len(out)) != size {
		log.Fatalf("%s: %d entries, the checkpoint says %d", folder, len(out), size)
	}
	return out
}

// The device's own signature, by another library than ours.
func checkLeaf(index int, leaf []byte) {
	if len(leaf) != leafBytes || string(leaf[:4]) != "HFC1" {
		log.Fatalf("entry %d is no leaf", index)
	}
	signed := append([]byte("holdfast change v1\x00"), leaf[:248]...)
	if !ed25519.Verify(ed25519.PublicKey(leaf[48:80]), signed, leaf[248:]) {
		log.Fatalf("entry %d: signature", index)
	}
}

type store []tlog.Hash

func (s *store) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range indexes {
		out = append(out, (*s)[i])
	}
	return out, nil
}

// The tree that Go grows from the entries: its root is the signed one, and each of its tiles is in the folder, byte for byte.
func checkTiles(folder string, tree tlog.Tree, all [][]byte) {
	s := &store{}
	for i, entry := range all {
		hashes, err := tlog.StoredHashes(int64(i), entry, s)
		check(err)
		*s = append(*s, hashes...)
	}
	root, err := tlog.TreeHash(tree.N, s)
	check(err)
	if root != tree.Hash {
		log.Fatalf("%s: the entries have another root than the checkpoint", folder)
	}
	count := 0
	for _, t := range tlog.NewTiles(8, 0, tree.N) {
		want, err := tlog.ReadTileData(t, s)
		check(err)
		have, err := os.ReadFile(filepath.Join(folder, ours(t)))
		if os.IsNotExist(err) && t.W < 256 && !isLast(t, tree.N) {
			continue // NewTiles names partial tiles that a wider one replaces
		}
		check(err)
		if !bytes.Equal(want, have) {
			log.Fatalf("%s/%s differs from Go's", folder, ours(t))
		}
		count++
	}
	if count == 0 {
		log.Fatalf("%s: no tiles", folder)
	}
}

func isLast(t tlog.Tile, size int64) bool {
	width := size>>uint(8*t.L) - t.N*256
	return int64(t.W) == width
}

func checkLog(folder string, key string) tlog.Tree {
	tree := open(folder, key)
	all := entries(folder, tree.N)
	checkTiles(folder, tree, all)
	hashes := tlog.TileHashReader(tree, &reader{folder: folder})
	for i, entry := range all {
		checkLeaf(i, entry)
		if i%97 != 0 && int64(i) != tree.N-1 {
			continue
		}
		proof, err := tlog.ProveRecord(tree.N, int64(i), hashes)
		check(err)
		check(tlog.CheckRecord(proof, tree.N, tree.Hash, int64(i), tlog.RecordHash(entry)))
	}
	top := ours(tlog.Tile{H: 8, L: 1, N: 0, W: int(tree.N / 256)})
	damaged := tlog.TileHashReader(tree, &reader{folder: folder, damage: top})
	if _, err := damaged.ReadHashes([]int64{0}); err == nil {
		log.Fatal("a changed tile was accepted")
	}
	fmt.Printf("%s: %d entries, root %s: every signature, tile and entry holds\n", folder, tree.N, hex.EncodeToString(tree.Hash[:8]))
	return tree
}

func main() {
	folder := os.Args[1]
	key, err := os.ReadFile(filepath.Join(folder, "vkey"))
	check(err)
	vkey := strings.TrimSpace(string(key))
	first := checkLog(filepath.Join(folder, "first"), vkey)
	second := checkLog(filepath.Join(folder, "second"), vkey)
	proof, err := tlog.ProveTree(second.N, first.N, tlog.TileHashReader(second, &reader{folder: filepath.Join(folder, "second")}))
	check(err)
	check(tlog.CheckTree(proof, second.N, second.Hash, first.N, first.Hash))
	first.Hash[0] ^= 1
	if tlog.CheckTree(proof, second.N, second.Hash, first.N, first.Hash) == nil {
		log.Fatal("a false earlier root was accepted")
	}
	fmt.Println("the second log continues the first")
}
