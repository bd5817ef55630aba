// 中文。键与英文表相同。
export default {
  // 框架
  'nav.label': '页面',
  'nav.short': '常用页面',
  'nav.skip': '跳到正文',
  'nav.more': '更多',
  'nav.overview': '概览',
  'nav.flows': '连接',
  'nav.explain': '解释',
  'nav.rules': '规则',
  'nav.editor': '编辑',
  'nav.tunnels': '隧道',
  'nav.dns': 'DNS',
  'nav.devices': '设备',
  'nav.traffic': '流量',
  'nav.logs': '日志',
  'nav.setup': '设置向导',
  'theme.label': '颜色',
  'theme.auto': '自动',
  'theme.light': '浅色',
  'theme.dark': '深色',
  'language.label': '语言',
  'link.off': '未连接',
  'link.connecting': '连接中',
  'link.open': '实时',
  'link.lost': '连接中断',
  'scope.read': '只能查看',
  'scope.switch': '可查看和切换',
  'scope.admin': '可更改一切',
  'login.title': '请先登录',
  'login.link': '运行下面的命令，它会给出一个登录链接：',
  'login.token': '或者输入令牌',
  'login.hint': '令牌在状态目录的 api.token 文件中，只有您能读取。',
  'login.go': '登录',
  'login.wrong': '令牌不正确。',
  'login.slow': '错误次数过多。请等一分钟再试。',
  'action.leave': '退出',
  'action.close': '关闭',
  'action.retry': '重试',
  'action.refresh': '刷新',
  'action.undo': '撤销',
  'action.cancel': '取消',
  'action.copy': '复制',
  'state.loading': '加载中…',
  'state.copied': '已复制',
  'error.offline.title': 'Fenliu 没有应答',
  'error.offline.text': '它可能已停止，或正在重启。恢复后本页会自动继续。',
  'error.missing.title': '当前版本还不支持',
  'error.missing.text': '正在运行的程序没有这个功能，较新的版本可能有。',
  'error.forbidden.title': '您的令牌没有这个权限',
  'error.forbidden.text': '请退出，再用有更改权限的令牌登录。',
  'error.other.title': '操作没有成功',
  'time.now': '刚刚',
  'time.days': '{n} 天',

  // 概览

  // 连接

  // 解释

  // 规则

  // 编辑

  // 隧道

  // DNS

  // 设备

  // 流量

  // 日志

  // 设置向导
};
