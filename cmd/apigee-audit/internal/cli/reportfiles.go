package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"apigee-audit/internal/crew"
	"apigee-audit/internal/files"
	"apigee-audit/internal/text"
	"apigee-audit/report"
	"apigee-audit/report/history"
)

// reportFiles are what was found at paths.
type reportFiles struct {
	reports []history.Report
	leftOut []history.File // that are no reports
	broken  []history.File // that are, and cannot be read
	inputs  []string       // all that was read
}

// mostReports bounds how many files are looked at: reports of an audit a minute for two months.
const mostReports = 100_000

// readFolders reads the reports among the files at the paths. A report is read whole, and little of it is kept; so are as many at a
// time as there are processors.
func readFolders(ctx context.Context, paths []string) (*reportFiles, error) {
	names, err := listFiles(ctx, paths)
	if err != nil {
		return nil, err
	}
	type outcome struct {
		outline *report.Outline
		err     error
	}
	all := make([]outcome, len(names))
	outlines, buffers := report.NewOutlines(), make(chan *bytes.Buffer, runtime.GOMAXPROCS(0))
	for range cap(buffers) {
		buffers <- &bytes.Buffer{}
	}
	crew.Each(len(names), cap(buffers), func(i int) {
		if ctx.Err() != nil {
			return
		}
		b := <-buffers
		defer func() { buffers <- b }()
		all[i].outline, all[i].err = readOutline(outlines, names[i], b)
	})
	if ctx.Err() != nil {
		return nil, fmt.Errorf("read the reports: %w", ctx.Err())
	}
	found := &reportFiles{inputs: names}
	for i, o := range all {
		switch {
		case o.err == nil:
			found.reports = append(found.reports, history.Report{Name: names[i], Outline: o.outline})
		case errors.Is(o.err, report.ErrNotReport):
			found.leftOut = append(found.leftOut, history.File{Name: names[i], Why: "it is no audit report"})
		default:
			found.broken = append(found.broken, history.File{Name: names[i], Why: o.err.Error()})
		}
	}
	return found, nil
}

// listFiles are the files at the paths and in the folders there, each once, in order. Folders and files whose names begin with a dot are
// not looked at.
func listFiles(ctx context.Context, paths []string) ([]string, error) {
	var names []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, pathError(err, "name reports made with --format json, or a folder of them")
		}
		if !info.IsDir() {
			names = append(names, filepath.Clean(path))
			continue
		}
		err = fs.WalkDir(os.DirFS(path), ".", func(inside string, e fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil:
				return err
			case inside != "." && strings.HasPrefix(e.Name(), "."):
				if e.IsDir() {
					return fs.SkipDir
				}
			case !e.IsDir():
				names = append(names, filepath.Join(path, filepath.FromSlash(inside)))
			}
			if len(names) > mostReports {
				return usagef("%s holds more than %s files: name a folder of reports only", path, text.Grouped(mostReports))
			}
			return nil
		})
		if err != nil {
			if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
				return nil, usagef("%s cannot be read: %w", filepath.Join(path, pe.Path), pe.Err)
			}
			return nil, err
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// readOutline reads one report by way of a buffer that is used again.
func readOutline(outlines *report.Outlines, name string, b *bytes.Buffer) (*report.Outline, error) {
	f, info, err := files.Open(name)
	if err != nil {
		return nil, files.Reason(err)
	}
	defer f.Close()
	b.Reset()
	begin := make([]byte, min(info.Size(), 512))
	n, err := io.ReadFull(f, begin)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, files.Reason(err)
	}
	begin = begin[:n]
	start := afterBlanks(begin)
	if blank := len(start) == 0; blank && !namedJSON(name) || !blank && start[0] != '{' {
		return nil, report.ErrNotReport
	}
	if info.Size() > maxReport {
		return nil, fmt.Errorf("it is larger than the limit of %s", text.Bytes(maxReport))
	}
	b.Grow(int(info.Size()) + bytes.MinRead)
	b.Write(begin)
	if _, err := b.ReadFrom(io.LimitReader(f, maxReport)); err != nil {
		return nil, files.Reason(err)
	}
	return outlines.Read(b.Bytes())
}

func namedJSON(name string) bool { return strings.EqualFold(filepath.Ext(name), ".json") }

// afterBlanks is the beginning of a file without what JSON may have before it: a byte order mark and blanks.
func afterBlanks(begin []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(begin, []byte("\ufeff")), " \t\r\n")
}
