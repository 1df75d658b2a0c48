// Puts TLS in front of a server on loopback: node .ci/tls-front.js PORT KEY.pem CERTIFICATE.pem
// It prints the port it listens on.
const fs = require('fs');
const http = require('http');
const https = require('https');

const [port, key, cert] = process.argv.slice(2);
const server = https.createServer({ key: fs.readFileSync(key), cert: fs.readFileSync(cert) }, (req, res) => {
  const onward = http.request({ host: '127.0.0.1', port, method: req.method, path: req.url, headers: req.headers }, (answer) => {
    res.writeHead(answer.statusCode, answer.headers);
    answer.pipe(res);
  });
  onward.on('error', () => res.destroy());
  req.pipe(onward);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
