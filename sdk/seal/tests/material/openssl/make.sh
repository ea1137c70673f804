#!/usr/bin/env bash
# Makes an SM2 chain, revocation lists and OCSP answers with OpenSSL 3, so that the tests hold ours against what nobody here
# wrote. Time stamps are not among them: its `ts` command cannot sign with SM2 (version 3.0). Run it in this folder to make all of it anew; keys stay in a temporary folder and are thrown away.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
id=distid:1234567812345678

cat > openssl.cnf <<'C'
[ca]
default_ca = sub
[root]
dir = .
database = root.index
serial = root.serial
crlnumber = root.crlnumber
new_certs_dir = .
certificate = root.pem
private_key = root.key
default_md = sm3
policy = any
unique_subject = no
[sub]
dir = .
database = sub.index
serial = sub.serial
crlnumber = sub.crlnumber
new_certs_dir = .
certificate = sub.pem
private_key = sub.key
default_md = sm3
policy = any
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = dn
[dn]
[v3_ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[v3_sub]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
authorityKeyIdentifier = keyid
[v3_user]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation
authorityKeyIdentifier = keyid
[v3_ocsp]
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
[v3_tsa]
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
C

for name in root sub user revoked ocsp tsa; do
  openssl ecparam -name SM2 -genkey -noout -out "$name.key"
  openssl req -new -key "$name.key" -sm3 -sigopt "$id" -subj "/CN=OpenSSL $name" -config openssl.cnf -out "$name.csr"
done
for ca in root sub; do : > $ca.index; echo 1000 > $ca.serial; echo 01 > $ca.crlnumber; done

dates=(-startdate 20240101000000Z -enddate 20340101000000Z)
sign() { openssl ca -batch -notext -config openssl.cnf -name "$1" -sigopt "$id" -vfyopt "$id" "${dates[@]}" -extensions "$2" -in "$3.csr" -out "$3.pem" "${@:4}" 2> log || { cat log; exit 1; }; }
sign root v3_ca root -selfsign -keyfile root.key
sign root v3_sub sub
sign sub v3_user user
sign sub v3_user revoked
sign sub v3_ocsp ocsp
sign sub v3_tsa tsa
openssl ca -config openssl.cnf -name sub -revoke revoked.pem -crl_reason keyCompromise 2> log
for ca in root sub; do
  openssl ca -config openssl.cnf -name $ca -gencrl -sigopt "$id" -crl_lastupdate 20261101000000Z -crl_nextupdate 20361101000000Z -out $ca.crl.pem 2> log
  openssl crl -in $ca.crl.pem -outform DER -out "$here/$ca.crl"
done
for name in root sub user revoked ocsp tsa; do openssl x509 -in $name.pem -outform DER -out "$here/$name.der"; done

# Answers of the issuer and of the appointed responder, in all digests by which OCSP names an issuer here.
answer() { # NAME DIGEST SIGNER OUT
  openssl ocsp "-$2" -issuer sub.pem -cert "$1.pem" -reqout req.der 2> log
  openssl ocsp -index sub.index -CA sub.pem -rsigner "$3.pem" -rkey "$3.key" -rmd sm3 -rsigopt "$id" -ndays 3650 -reqin req.der -respout "$here/$4" > log 2>&1 || { cat log; exit 1; }
}
answer user sha1 sub user.sha1.ocsp
answer user sha256 sub user.sha256.ocsp
answer user sm3 ocsp user.sm3.ocsp
answer revoked sm3 ocsp revoked.sm3.ocsp
