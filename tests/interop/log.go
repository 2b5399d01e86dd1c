// Writes what another implementation (golang.org/x/mod/sumdb: tlog and note) makes of an invented log, for our runners to
// read: log <folder> writes merkle/ (proofs as JSON), note/ and refuse/ (signed notes) and tiles/ (whole logs).
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const origin = "example.com/log"

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func write(path string, data []byte) {
	check(os.MkdirAll(filepath.Dir(path), 0o755))
	check(os.WriteFile(path, data, 0o644))
}

func entry(i int64) []byte { return []byte(fmt.Sprintf("entry %d", i)) }

type store []tlog.Hash

func (s *store) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range indexes {
		out = append(out, (*s)[i])
	}
	return out, nil
}

func grow(s *store, from, to int64) {
	for i := from; i < to; i++ {
		hashes, err := tlog.StoredHashes(i, entry(i), s)
		check(err)
		*s = append(*s, hashes...)
	}
}

func root(s *store, size int64) tlog.Hash {
	if size == 0 {
		return sha256.Sum256(nil)
	}
	h, err := tlog.TreeHash(size, s)
	check(err)
	return h
}

// Keys of one repeated byte; kind 1 signs notes, kind 4 cosigns.
func vkey(name string, kind byte, seed byte) (string, []byte, ed25519.PrivateKey) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	material := append([]byte{kind}, key.Public().(ed25519.PublicKey)...)
	sum := sha256.Sum256(append([]byte(name+"\n"), material...))
	return fmt.Sprintf("%s+%x+%s", name, sum[:4], base64.StdEncoding.EncodeToString(material)), sum[:4], key
}

func sign(text string, seed byte) []byte {
	v, id, key := vkey(origin, 1, seed)
	_ = v
	skey := fmt.Sprintf("PRIVATE+KEY+%s+%x+%s", origin, id,
		base64.StdEncoding.EncodeToString(append([]byte{1}, key.Seed()...)))
	signer, err := note.NewSigner(skey)
	check(err)
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	check(err)
	return signed
}

func cosign(text string, name string, seed byte, unixS uint64) string {
	_, id, key := vkey(name, 4, seed)
	line := append([]byte{}, id...)
	line = binary.BigEndian.AppendUint64(line, unixS)
	line = append(line, ed25519.Sign(key, []byte(fmt.Sprintf("cosignature/v1\ntime %d\n%s", unixS, text)))...)
	return fmt.Sprintf("\u2014 %s %s\n", name, base64.StdEncoding.EncodeToString(line))
}

type inclusion struct {
	LeafIdx  int64       `json:"leafIdx"`
	TreeSize int64       `json:"treeSize"`
	Root     tlog.Hash   `json:"root"`
	LeafHash tlog.Hash   `json:"leafHash"`
	Proof    []tlog.Hash `json:"proof"`
	WantErr  bool        `json:"wantErr"`
}

type consistency struct {
	Size1   int64       `json:"size1"`
	Size2   int64       `json:"size2"`
	Root1   tlog.Hash   `json:"root1"`
	Root2   tlog.Hash   `json:"root2"`
	Proof   []tlog.Hash `json:"proof"`
	WantErr bool        `json:"wantErr"`
}

func writeJSON(path string, value interface{}) {
	data, err := json.MarshalIndent(value, "", "  ")
	check(err)
	write(path, data)
}

func writeInclusion(folder string, s *store, index, size int64) {
	proof, err := tlog.ProveRecord(size, index, s)
	check(err)
	t := inclusion{index, size, root(s, size), tlog.RecordHash(entry(index)), proof, false}
	writeJSON(fmt.Sprintf("%s/inclusion-%d-%d.json", folder, index, size), t)
	t.LeafHash = tlog.RecordHash(entry(index + 1))
	t.WantErr = true
	writeJSON(fmt.Sprintf("%s/inclusion-%d-%d-other-leaf.json", folder, index, size), t)
}

func writeConsistency(folder string, s *store, old, size int64) {
	proof, err := tlog.ProveTree(size, old, s)
	check(err)
	t := consistency{old, size, root(s, old), root(s, size), proof, false}
	writeJSON(fmt.Sprintf("%s/consistency-%d-%d.json", folder, old, size), t)
	t.Root1 = root(s, old-1)
	t.WantErr = true
	writeJSON(fmt.Sprintf("%s/consistency-%d-%d-other-root.json", folder, old, size), t)
}

func writeProofs(folder string, s *store) {
	for size := int64(1); size <= 33; size++ {
		for i := int64(0); i < size; i++ {
			writeInclusion(folder, s, i, size)
			writeConsistency(folder, s, i+1, size)
		}
	}
	for _, size := range []int64{255, 256, 257, 4097, 5000} {
		for _, i := range []int64{0, 1, 127, 128, 254, size - 1} {
			writeInclusion(folder, s, i, size)
			writeConsistency(folder, s, i+1, size)
		}
	}
}

func checkpoint(s *store, size int64) string {
	return fmt.Sprintf("%s\n%d\n%s\n", origin, size, root(s, size))
}

func writeNotes(folder string, s *store) {
	key, _, _ := vkey(origin, 1, 5)
	other, _, _ := vkey(origin, 1, 6)
	witness, _, _ := vkey("witness.example/w1", 4, 9)
	stranger, _, _ := vkey("witness.example/w2", 4, 9)
	text := checkpoint(s, 12)
	signed := string(sign(text, 5)) + cosign(text, "witness.example/w1", 9, 1679315147)
	write(folder+"/note/log", []byte(key+"\n"+signed))
	write(folder+"/note/witness", []byte(witness+"\n"+signed))
	write(folder+"/note/gaps", []byte(key+"\n"+string(sign("one\n\n\ntwo\n", 5))))
	write(folder+"/refuse/other-key", []byte(other+"\n"+signed))
	write(folder+"/refuse/stranger", []byte(stranger+"\n"+signed))
	write(folder+"/refuse/altered", []byte(key+"\n"+strings.Replace(signed, "\n12\n", "\n13\n", 1)))
	write(folder+"/refuse/altered-witness", []byte(witness+"\n"+strings.Replace(signed, "\n12\n", "\n13\n", 1)))
}

func tilePath(t tlog.Tile) string { return strings.Replace(t.Path(), "tile/8/", "tile/", 1) }

// Path and bytes of every file of a log.
func tiles(s *store, size int64) map[string][]byte {
	files := map[string][]byte{}
	for _, t := range tlog.NewTiles(8, 0, size) {
		data, err := tlog.ReadTileData(t, s)
		check(err)
		files[tilePath(t)] = data
		if t.L != 0 {
			continue
		}
		var bundle []byte
		for i := t.N * 256; i < t.N*256+int64(t.W); i++ {
			bundle = binary.BigEndian.AppendUint16(bundle, uint16(len(entry(i))))
			bundle = append(bundle, entry(i)...)
		}
		files[strings.Replace(tilePath(t), "tile/0/", "tile/entries/", 1)] = bundle
	}
	return files
}

// NewTiles also names partial tiles that later ones replace; what a log of this size serves is the widest of each.
func widest(files map[string][]byte) map[string][]byte {
	best := map[string]string{}
	for path := range files {
		base := strings.SplitN(path, ".p/", 2)[0]
		if len(files[path]) > len(files[best[base]]) {
			best[base] = path
		}
	}
	out := map[string][]byte{}
	for _, path := range best {
		out[path] = files[path]
	}
	return out
}

func writeLog(folder string, s *store, size int64) {
	files := widest(tiles(s, size))
	key, _, _ := vkey(origin, 1, 5)
	write(folder+"/vkey", []byte(key+"\n"))
	write(folder+"/checkpoint", sign(checkpoint(s, size), 5))
	var names []string
	for path, data := range files {
		write(folder+"/"+path, data)
		names = append(names, path)
	}
	sort.Strings(names)
	digest := sha256.New()
	for _, name := range names {
		digest.Write([]byte(name + "\n"))
		digest.Write(files[name])
	}
	fmt.Printf("log of %d entries: %d files, SHA-256 of names and bytes %x\n", size, len(names), digest.Sum(nil))
}

func main() {
	folder := os.Args[1]
	s := &store{}
	grow(s, 0, 5000)
	writeProofs(folder+"/merkle", s)
	writeNotes(folder, s)
	for _, size := range []int64{1, 255, 256, 257, 600, 5000} {
		writeLog(fmt.Sprintf("%s/tiles/%d", folder, size), s, size)
	}
	grow(s, 5000, 70000)
	writeLog(folder+"/tiles/70000", s, 70000)
}
