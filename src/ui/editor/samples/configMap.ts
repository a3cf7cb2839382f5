import type { Sample } from './sample.ts';

export const configMap: Sample = {
  id: 'configMap',
  fileName: 'config.yaml',
  comments: {
    en: ['Read once, when the container starts.', 'Files in a volume are updated later when the ConfigMap changes.'],
    'zh-CN': ['只在容器启动时读取一次。', '卷里的文件会在 ConfigMap 修改后更新。'],
  },
  manifest: `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  GREETING: hello
  nginx.conf: |
    server { listen 80; }
---
apiVersion: v1
kind: Pod
metadata:
  name: reader
spec:
  containers:
    - name: web
      image: nginx:1.27
      env:
        #1
        - name: GREETING
          valueFrom:
            configMapKeyRef:
              name: settings
              key: GREETING
      volumeMounts:
        - name: conf
          mountPath: /etc/nginx/conf.d
  volumes:
    #2
    - name: conf
      configMap:
        name: settings
        items:
          - key: nginx.conf
            path: default.conf
`,
};
