// Reads an OCI image layout by its specification and holds every digest: node .ci/image-unpack.js LAYOUT ARCH CONFIG LAYERS
// It writes the configuration of the architecture's image to CONFIG and the paths of its layers, lowest first, to LAYERS.
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const zlib = require('zlib');

const [layout, arch, configFile, layersFile] = process.argv.slice(2);
const sha256 = (data) => 'sha256:' + crypto.createHash('sha256').update(data).digest('hex');
function blob({ digest, size }) {
  const file = path.join(layout, 'blobs', ...digest.split(':'));
  const data = fs.readFileSync(file);
  if (data.length !== size || sha256(data) !== digest) throw new Error(`${file} is not what its digest says`);
  return { file, data };
}
const json = (d) => JSON.parse(blob(d).data);

if (JSON.parse(fs.readFileSync(path.join(layout, 'oci-layout'))).imageLayoutVersion !== '1.0.0') throw new Error('not an image layout');
const { manifests } = JSON.parse(fs.readFileSync(path.join(layout, 'index.json')));
const archs = manifests.map((m) => `${m.platform.os}/${m.platform.architecture}`).sort();
if (archs.join() !== 'linux/amd64,linux/arm64') throw new Error(`images for ${archs}`);
const manifest = json(manifests.find((m) => m.platform.architecture === arch));
const config = json(manifest.config);
if (config.architecture !== arch || config.config.User !== '65532:65532') throw new Error(`configuration ${JSON.stringify(config)}`);
const layers = manifest.layers.map(blob);
layers.forEach(({ data }, i) => {
  if (sha256(zlib.gunzipSync(data)) !== config.rootfs.diff_ids[i]) throw new Error(`layer ${i} is not what the configuration says`);
});
fs.writeFileSync(configFile, JSON.stringify(config));
fs.writeFileSync(layersFile, layers.map((l) => l.file + '\n').join(''));
