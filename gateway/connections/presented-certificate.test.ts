import { X509Certificate } from 'node:crypto';
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { readPresentedCertificate } from './presented-certificate.ts';

/** openssl req -x509 -newkey rsa-pss -nodes -days 36500 -subj /CN=stranger */
const RSA_PSS = `-----BEGIN CERTIFICATE-----
MIIDcTCCAiSgAwIBAgIUduJNdI2ThBoOgfZ1yQ6BNxGe2yAwQgYJKoZIhvcNAQEK
MDWgDzANBglghkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgEF
AKIEAgIA3jATMREwDwYDVQQDDAhzdHJhbmdlcjAgFw0yNjExMjgyMDM4MjlaGA8y
MTI2MTEwNDIwMzgyOVowEzERMA8GA1UEAwwIc3RyYW5nZXIwggEgMAsGCSqGSIb3
DQEBCgOCAQ8AMIIBCgKCAQEA3f3rareOnV+N3hcRj0rCapt3OExfABRp98fK0goo
DwDm0q5k7m9AoKBauYHR4gmJ6RLr4xWyQMiHuUECo56USbe1I991zDaVD5RXGp9T
mx7VNwVhw6VtUuX7SGr42t42XKEURaAVedcvmMKiNQWWHT89DwfpamVX9oSXVs+m
wsh5DYX+UWm3oyColKCaKsL1tUWbp/zn8Rep65PUsAcYWHm+Uk9exCjzCTKnM4OA
2f6mS8cCsoTU3NOT4WyjvlW0HJ/CJPNV2FDFZSJ0vH7mHiNkL8b3iWox0oo1JxnD
RmR66LUAZpzx3WMJpI163Z+IqWurH5mZxdVnJ0fHdXjgHwIDAQABo1MwUTAdBgNV
HQ4EFgQUswDAnXX+K87r/WuyXVyMzIxk7cMwHwYDVR0jBBgwFoAUswDAnXX+K87r
/WuyXVyMzIxk7cMwDwYDVR0TAQH/BAUwAwEB/zBCBgkqhkiG9w0BAQowNaAPMA0G
CWCGSAFlAwQCAQUAoRwwGgYJKoZIhvcNAQEIMA0GCWCGSAFlAwQCAQUAogQCAgDe
A4IBAQBjYeObShiMYL3Xg3YIQXIDT1z+oaSMU8J7XKCTiGoOKEoaYSSOf8a/cDuw
XF7NY9FKYJ3WhM0QEj7+LiumzYXXLRXOfdyU0YnxoJuD+/acX0xwMh4eDnupOTR+
j3SBR67XvCeGQwQ6qAF3ayxgzi9CMhkCEzxr+T5AkbtQ6kZwl5HZNjRyBGjdwjQM
PTupoUiC+bt5Z1cz8QmXbBMQ/VrTuz39AORPQs5KQWkJdD9I7RVjRWzmt2wEhPyD
PxDRr3S+msymB4j0J3zTM5CslZEwzbF6a7WVOT4T4f591j1/bGj4/GqE3FutoDmC
otCarq10SSkISgXHAMNzE8gCSlTq
-----END CERTIFICATE-----`;

test('a certificate whose key has no JWK is read like any other, with a thumbprint that is nobody’s', async () => {
  const socket = new TLSSocket(new Socket());
  const presented = Object.assign(socket, { getPeerX509Certificate: () => new X509Certificate(RSA_PSS) });
  expect(await readPresentedCertificate(presented)).toMatchObject({ certificate: { isAuthorized: false, keyID: '' } });
  socket.destroy();
});
