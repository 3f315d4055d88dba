// A page that uploads with Uppy's S3 client; its callbacks are mapped on the calls of `oss`.
import Uppy from "@uppy/core";
import AwsS3 from "@uppy/aws-s3";

const PART = 5 * 1024 * 1024;

window.upload = async ({ api, token, identifier }) => {
  const call = async (method, path, body) => {
    const answer = await fetch(`${api}/api/file/multipart/${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body && { "Content-Type": "application/json" }) },
      body: body && JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()).data;
  };
  const check = () => call("GET", `check?identifier=${identifier}`);
  const file = document.querySelector("input").files[0];
  const total = Math.ceil(file.size / PART);
  const signed = [];
  let urls;

  const uppy = new Uppy({ autoProceed: false, debug: false }).use(AwsS3, {
    limit: 2,
    retryDelays: [],
    shouldUseMultipart: true,
    getChunkSize: () => PART,
    createMultipartUpload: async () => {
      const begun = await call("POST", "init", {
        identifier, fileName: file.name, fileSize: file.size, partNum: total, partSize: PART, contentType: file.type,
      });
      urls = begun.uploadUrl;
      return { uploadId: begun.uploadId, key: identifier };
    },
    listParts: async () => {
      const undone = (await check()).undoneChunkMap;
      const here = [...Array(total).keys()].map((index) => index + 1).filter((number) => !(number in undone));
      return here.map((number) => ({
        PartNumber: number,
        Size: Math.min(PART, file.size - (number - 1) * PART),
        ETag: `"${number}"`,
      }));
    },
    signPart: async (_, { partNumber }) => {
      urls ??= (await check()).undoneChunkMap;
      signed.push(partNumber);
      return { url: urls[partNumber] };
    },
    completeMultipartUpload: async () => ({ location: (await call("GET", `merge?identifier=${identifier}`)).path }),
    abortMultipartUpload: async () => {},
  });
  const id = uppy.addFile({ name: file.name, type: file.type, data: file });
  const before = await check();
  if (before.uploadId) uppy.setFileState(id, { s3Multipart: { key: identifier, uploadId: before.uploadId } });
  uppy.on("s3-multipart:part-uploaded", (_, part) => window.partUploaded?.(part.PartNumber));
  const result = await uppy.upload();
  return {
    location: result.successful[0]?.uploadURL ?? null,
    errors: result.failed.map((failed) => String(failed.error)),
    signed: signed.sort((a, b) => a - b),
  };
};
