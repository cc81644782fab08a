"""Files into a C++ table: embed.py OUTPUT INPUT..."""
import pathlib
import sys

TYPES = {'.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8',
         '.js': 'text/javascript; charset=utf-8', '.svg': 'image/svg+xml'}

out = ['#include "engine/monitor_page.h"', '', 'namespace lc::engine {', 'namespace {', '']
table = []
for number, path in enumerate(map(pathlib.Path, sys.argv[2:])):
    content = path.read_bytes()
    out.append(f'constexpr unsigned char k{number}[] = {{{",".join(map(str, content))}}};')
    route = '/' if path.name == 'index.html' else '/' + path.name
    table.append(f'    {{"{route}", "{TYPES[path.suffix]}", '
                 f'{{reinterpret_cast<const char*>(k{number}), {len(content)}}}}},')
out += ['', '}  // namespace', '', f'const PageFile kPageFiles[{len(table)}] = {{', *table, '};', '',
        '}  // namespace lc::engine', '']
pathlib.Path(sys.argv[1]).write_text('\n'.join(out), encoding='utf-8')
