import { group, meta, type BaseObject } from './base-object.ts';

/** PEM in base64: somebody's, for `a.example.com`. */
const request =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQkRqQ0J0UUlCQURBb01SRXdEd1lEVlFRRERBaHpiMjFsWW05a2VURVRNQkVHQTFVRUNnd0tjMjl0WlNCbgpjbTkxY0RCWk1CTUdCeXFHU000OUFnRUdDQ3FHU000OUF3RUhBMElBQk9TbUN6VkhIQzYxTFp5NEtLQi94RVFBCnpZcnNMSmUvQ2RiQUV3eDA5NFk2V1pvNEtlWWJ2eHA0Y2lKNW5STWVHdlEvcDBrKzk0ZE5UWUJIUDd1Nzl4Q2cKS3pBcEJna3Foa2lHOXcwQkNRNHhIREFhTUJnR0ExVWRFUVFSTUErQ0RXRXVaWGhoYlhCc1pTNWpiMjB3Q2dZSQpLb1pJemowRUF3SURTQUF3UlFJZ0E3a0g4U2pPMEdYTUNlM1FGOE1RckdEZzZDYVFpTVo5RnNrSU5Pc1BUR1VDCklRQ25LVjhYd1NyRFdyRDc0TnBGUXZ6WnZvbmZRdVNFTk54MmpsZnQvVUtubHc9PQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K';

export const certificateObjects: Readonly<Record<string, BaseObject>> = {
  CertificateSigningRequest: {
    path: `${group('certificates.k8s.io')}/certificatesigningrequests`,
    object: {
      metadata: meta('verdict'),
      spec: {
        request,
        signerName: 'example.com/signer',
        expirationSeconds: 3600,
        usages: ['digital signature', 'client auth'],
      },
    },
  },
};
